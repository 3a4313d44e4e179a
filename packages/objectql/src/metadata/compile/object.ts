import {
  API_METHODS,
  type ObjectDefinition,
  type ValidationDefinition,
} from '@objectos/spec/metadata';
import type { FieldMeta, IncomingRelation, ObjectMeta } from '../compiled.js';
import type { Merged } from '../layers/merge.js';
import { compileField, isSealed } from './fields.js';
import { relationsOf } from './relations.js';
import { idField, stampFields } from './system-fields.js';
import { compileTable } from './table.js';

/** What compiling an object needs beside its definition. */
export interface CompileScope {
  readonly objects: ReadonlySet<string>;
  /** Rules from `*.validation.yml` files, by object. */
  readonly rules: ReadonlyMap<string, readonly ValidationDefinition[]>;
}

/** Compiles an object. Its `incoming` relations are filled in by {@link linkObjects}. */
export function compileObject(item: Merged, scope: CompileScope): ObjectMeta {
  const definition = item.value as unknown as ObjectDefinition;
  const { name } = item;
  const declared = Object.entries(definition.fields).map(([field, one]) =>
    compileField(name, field, one, scope.objects),
  );
  const fields = [idField, ...declared, ...stampFields];
  const softDelete = definition.enable?.trash !== false;
  const sealed = new Set(
    declared.filter((field) => isSealed(field.type)).map((field) => field.name),
  );
  const visible = fields
    .filter((field) => field.type !== 'formula' && !sealed.has(field.name))
    .map((field) => field.name);
  const table = compileTable({ name, fields, indexes: definition.indexes ?? [], softDelete });
  const label = definition.label ?? titleCase(name);
  return {
    name,
    label,
    pluralLabel: definition.pluralLabel ?? `${label}s`,
    system: false,
    table,
    stored: table.columns.map((column) => column.name),
    formulas: [],
    feeds: [],
    initial: {},
    fields: new Map(fields.map((field) => [field.name, field])),
    sealed,
    visible,
    columns: new Set(visible),
    nameField: definition.nameField ?? defaultNameField(declared),
    searchable: searchableOf(definition, declared),
    softDelete,
    validations: [...(definition.validations ?? []), ...(scope.rules.get(name) ?? [])],
    relations: declared.filter((field) => field.reference !== undefined),
    incoming: [],
    related: new Map(),
    methods: methodsOf(definition),
    definition,
    position: item.position,
  };
}

/** Gives every object the relations that point to it. */
export function linkObjects(objects: readonly ObjectMeta[]): Map<string, ObjectMeta> {
  const incoming = new Map<string, IncomingRelation[]>();
  for (const object of objects) {
    for (const field of object.relations) {
      const { reference, deleteBehavior, multiple } = field;
      if (reference === undefined || deleteBehavior === undefined) continue;
      const list = incoming.get(reference) ?? [];
      list.push({ object: object.name, field: field.name, multiple, deleteBehavior });
      incoming.set(reference, list);
    }
  }
  return new Map(
    objects.map((object) => {
      const linked = { ...object, incoming: incoming.get(object.name) ?? [] };
      return [object.name, { ...linked, related: relationsOf(linked) }];
    }),
  );
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
