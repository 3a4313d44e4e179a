import {
  COMPUTED_FIELD_TYPES,
  LIST_FIELD_TYPES,
  type FieldDefinition,
  type FieldType,
} from '@objectos/spec/metadata';
import type { ColumnType } from '../../driver/contract.js';
import type { FieldMeta, PolymorphicReference } from '../compiled.js';
import type { CompileScope } from './object.js';
import { translationsOf } from './translations.js';

const COMPUTED: ReadonlySet<FieldType> = new Set(COMPUTED_FIELD_TYPES);
const SEALED: ReadonlySet<FieldType> = new Set(['password', 'secret']);
const LISTS: ReadonlySet<FieldType> = new Set(LIST_FIELD_TYPES);

/** Fields whose values only code that names the wish (`secrets` of the context) reads or writes. */
export function isSealed(type: FieldType): boolean {
  return SEALED.has(type);
}

/** Sealed fields whose values are stored encrypted. */
export function isEncrypted(definition: FieldDefinition): boolean {
  return definition.type === 'secret' && definition.encrypted === true;
}

/** Fields that stand for records elsewhere: no column holds them, and no record shows them by itself. */
export function isLinked(type: FieldType): boolean {
  return type === 'many_to_many';
}

function polymorphicOf(
  name: string,
  definition: FieldDefinition,
): PolymorphicReference | undefined {
  if (definition.type !== 'lookup' || typeof definition.reference === 'string') return undefined;
  return { objects: new Set(definition.reference), objectField: `${name}_object` };
}

/** The field beside a polymorphic lookup that says which object it points to. */
export function companionField(field: FieldMeta): FieldMeta | undefined {
  if (field.polymorphic === undefined) return undefined;
  const { objects, objectField } = field.polymorphic;
  const { label } = field.definition;
  const definition: FieldDefinition = {
    type: 'select',
    label: label === undefined ? undefined : `${label} (object)`,
    options: [...objects].map((value) => ({ value })),
  };
  return {
    ...field,
    name: objectField,
    type: 'select',
    column: 'text',
    definition,
    required: field.required,
    polymorphic: undefined,
    deleteBehavior: undefined,
    options: objects,
  };
}

/** Compiles a declared field. */
export function compileField(
  object: string,
  name: string,
  definition: FieldDefinition,
  { objects, languages }: Pick<CompileScope, 'objects' | 'languages'>,
): FieldMeta {
  const { type } = definition;
  const translations = translationsOf(name, definition, languages);
  const computed = COMPUTED.has(type) || isLinked(type);
  const multiple = LISTS.has(type) || ('multiple' in definition && definition.multiple === true);
  const column = multiple ? 'json' : columnOf(definition);
  const reference = referenceOf(object, definition, objects);
  const polymorphic = polymorphicOf(name, definition);
  const required =
    type === 'master_detail' || ('required' in definition && definition.required === true);
  return {
    name,
    type,
    column,
    definition,
    system: false,
    computed,
    readOnly: computed || ('readonly' in definition && definition.readonly === true),
    required: required && !computed && (!isSealed(type) || isEncrypted(definition)),
    multiple,
    reference,
    ...(polymorphic === undefined ? {} : { polymorphic }),
    ...(translations === undefined ? {} : { translations }),
    deleteBehavior:
      reference === undefined && polymorphic === undefined
        ? undefined
        : behaviorOf(definition, required),
    options:
      'options' in definition && definition.options !== undefined
        ? new Set(definition.options.map((option) => option.value))
        : undefined,
    filterable: column !== 'json' || multiple,
  };
}

function columnOf(definition: FieldDefinition): ColumnType {
  switch (definition.type) {
    case 'number':
    case 'currency':
    case 'percent':
      return definition.scale === 0 ? 'integer' : 'decimal';
    case 'summary':
      // A count is a whole number; the others are known with the child's field.
      return definition.summaryOperations.function === 'count' ? 'integer' : 'decimal';
    case 'rating':
    case 'slider':
    case 'progress':
      return 'real';
    case 'boolean':
    case 'toggle':
      return 'boolean';
    case 'date':
    case 'time':
    case 'datetime':
      return definition.type;
    case 'location':
    case 'address':
    case 'json':
    case 'vector':
    case 'image':
    case 'file':
    case 'avatar':
    case 'video':
    case 'audio':
      return 'json';
    default:
      return 'text';
  }
}

function referenceOf(
  object: string,
  definition: FieldDefinition,
  objects: ReadonlySet<string>,
): string | undefined {
  switch (definition.type) {
    case 'lookup':
      return typeof definition.reference === 'string' ? definition.reference : undefined;
    case 'master_detail':
      return definition.reference;
    case 'tree':
      return definition.reference ?? object;
    case 'user':
      // Without an authentication plugin there is no such object, and the id stands for itself.
      return objects.has('user') ? 'user' : undefined;
    default:
      return undefined;
  }
}

function behaviorOf(
  definition: FieldDefinition,
  required: boolean,
): 'set_null' | 'cascade' | 'restrict' {
  if ('deleteBehavior' in definition && definition.deleteBehavior !== undefined) {
    return definition.deleteBehavior;
  }
  if (definition.type === 'master_detail') return 'cascade';
  return required ? 'restrict' : 'set_null';
}
