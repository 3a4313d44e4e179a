import type { RecordLanguages } from '@objectos/spec/contracts';
import {
  API_METHODS,
  type ObjectDefinition,
  type ValidationDefinition,
} from '@objectos/spec/metadata';
import type { FieldMeta, ObjectMeta } from '../compiled.js';
import type { Merged } from '../layers/merge.js';
import { companionField, compileField, isEncrypted, isLinked, isSealed } from './fields.js';
import { idField, stampFields } from './system-fields.js';
import { compileTable } from './table.js';
import { isTranslated, translationFields } from './translations.js';

/** What compiling an object needs beside its definition. */
export interface CompileScope {
  readonly objects: ReadonlySet<string>;
  /** The languages that records are kept in. */
  readonly languages?: RecordLanguages | undefined;
  /** Rules from `*.validation.yml` files, by object. */
  readonly rules: ReadonlyMap<string, readonly ValidationDefinition[]>;
}

/** Compiles an object. Its `incoming` relations are filled in by {@link linkObjects}. */
export function compileObject(item: Merged, scope: CompileScope): ObjectMeta {
  const definition = item.value as unknown as ObjectDefinition;
  const { name } = item;
  const declared = Object.entries(definition.fields).flatMap(([field, one]) => {
    const compiled = compileField(name, field, one, scope);
    return [compiled, companionField(compiled)].filter((each) => each !== undefined);
  });
  const fields = [idField, ...declared, ...stampFields];
  const softDelete = definition.enable?.trash !== false;
  const sealed = new Set(
    declared.filter((field) => isSealed(field.type)).map((field) => field.name),
  );
  const visible = fields
    .filter(({ type, name: field }) => type !== 'formula' && !isLinked(type) && !sealed.has(field))
    .map((field) => field.name);
  const nameField = definition.nameField ?? defaultNameField(declared);
  const searchable = searchableOf(definition, declared);
  const table = compileTable({
    name,
    fields,
    indexes: definition.indexes ?? [],
    softDelete,
    owned: isOwned(definition),
    tenant: isOfTenants(item),
    languages: scope.languages,
    searchable: [...searchable].sort(
      (one, other) => Number(other === nameField) - Number(one === nameField),
    ),
  });
  const translated = declared.filter(isTranslated);
  const label = definition.label ?? titleCase(name);
  return {
    name,
    label,
    pluralLabel: definition.pluralLabel ?? `${label}s`,
    system: false,
    table,
    stored: table.columns.flatMap(({ name: column, expression }) =>
      expression === undefined ? [column] : [],
    ),
    translated,
    translationKeys: translationFields(translated),
    formulas: [],
    feeds: [],
    initial: {},
    fields: new Map(fields.map((field) => [field.name, field])),
    sealed,
    encrypted: new Set(
      declared.filter((field) => isEncrypted(field.definition)).map((field) => field.name),
    ),
    visible,
    columns: new Set(visible),
    nameField,
    searchable,
    softDelete,
    validations: [...(definition.validations ?? []), ...(scope.rules.get(name) ?? [])],
    relations: declared.filter((field) => field.reference !== undefined),
    polymorphic: declared.filter((field) => field.polymorphic !== undefined),
    incoming: [],
    related: new Map(),
    methods: methodsOf(definition),
    definition,
    position: item.position,
  };
}

/** Where a parent or nobody decides, the owner of a record opens nothing. */
function isOwned({ sharingModel = 'private' }: ObjectDefinition): boolean {
  return sharingModel === 'private' || sharingModel === 'public_read';
}

/** Whoever defines them: they are what organizations and their members are. */
const OF_ALL: ReadonlySet<string> = new Set(['organization', 'user']);

/**
 * What the application defines belongs to organizations. What plugins bring (users, sessions, grants,
 * files) is the installation's, whose plugins look at all of it.
 */
function isOfTenants({ name, home }: Merged): boolean {
  return !OF_ALL.has(name) && !home.startsWith('plugin:') && home !== 'system';
}

function searchableOf({ enable }: ObjectDefinition, fields: readonly FieldMeta[]): string[] {
  if (enable?.searchable === false) return [];
  return fields
    .filter(({ definition }) => 'searchable' in definition && definition.searchable === true)
    .map((field) => field.name);
}

function methodsOf({ enable }: ObjectDefinition): ReadonlySet<string> {
  if (enable?.apiEnabled === false) return new Set();
  return new Set(enable?.apiMethods ?? API_METHODS);
}

function defaultNameField(fields: readonly FieldMeta[]): string {
  const named =
    fields.find((field) => field.name === 'name') ?? fields.find((field) => field.type === 'text');
  return named?.name ?? 'id';
}

function titleCase(name: string): string {
  const words = name.replaceAll('_', ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
