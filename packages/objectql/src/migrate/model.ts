import type { FieldType } from '@objectos/spec/metadata';
import type { ColumnSchema, ColumnType, TableSchema } from '../driver/contract.js';
import { defaultOf } from '../engine/write-plan.js';
import type { FieldMeta, MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import { contentHash } from '../metadata/compile/hash.js';
import { checkValue } from '../values/checks.js';
import type { Outcome, ValueCheck } from '../values/outcome.js';

/** How a field was stored when it was last brought to the database. */
export interface StoredField {
  readonly type: FieldType;
  readonly column: ColumnType;
  readonly multiple: boolean;
  readonly required: boolean;
}

/** A field as it should be. */
export interface TargetField extends StoredField {
  readonly name: string;
  readonly renamedFrom: readonly string[];
  /** Checks a value and gives the form in which it is stored; absent: any value will do. */
  readonly check?: ValueCheck | undefined;
  /** Gives records a value that have none. */
  readonly fill?: Fill | undefined;
}

/** Where the value comes from that records without one get. */
export type Fill =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'formula'; readonly source: string };

/** An object as it should be. Its table has stored columns only. */
export interface TargetObject {
  readonly name: string;
  readonly table: TableSchema;
  readonly renamedFrom: readonly string[];
  readonly fields: ReadonlyMap<string, TargetField>;
}

/** A column or a table that the metadata does not use any more and that is still there. */
export interface Retired {
  readonly table: string;
  /** Absent: the whole table. */
  readonly column?: string | undefined;
}

/** A rename that was done; metadata that still has the old name is older than the database. */
export interface DoneRename {
  /** Table of the column; absent: `from` and `to` are tables. */
  readonly table?: string | undefined;
  readonly from: string;
  readonly to: string;
}

/** What was brought to the database last: the memory that tells a rename from an addition. */
export interface RecordedSchema {
  readonly objects: Readonly<Record<string, RecordedObject>>;
  readonly retired: readonly Retired[];
  readonly renames: readonly DoneRename[];
}

/** An object as it was brought to the database. */
export interface RecordedObject {
  readonly table: TableSchema;
  readonly fields: Readonly<Record<string, StoredField>>;
}

/** The metadata that a database shall fit. */
export interface MigrationTarget {
  /** Equal for equal tables and fields, whatever else the metadata says. */
  readonly version: string;
  readonly objects: readonly TargetObject[];
}

/** What the metadata asks of the database. */
export function targetOf(snapshot: MetadataSnapshot): MigrationTarget {
  const objects = [...snapshot.objects.values()]
    .filter((meta) => !meta.system)
    .map(targetObject)
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  return targetFor(objects);
}

/** What is asked of the schema of an organization: the tables that are marked so. */
export function tenantTargetOf({ objects }: MigrationTarget): MigrationTarget {
  return targetFor(objects.filter(({ table }) => table.tenant === true));
}

function targetFor(objects: readonly TargetObject[]): MigrationTarget {
  return { version: contentHash(JSON.stringify(objects.map(recordedObject))), objects };
}

function targetObject(meta: ObjectMeta): TargetObject {
  const table = storedTable(meta.table);
  const stored = new Set(table.columns.map((column) => column.name));
  const fields = new Map<string, TargetField>();
  for (const field of meta.fields.values()) {
    if (!field.system && stored.has(field.name)) fields.set(field.name, targetField(field));
  }
  return { name: meta.name, table, renamedFrom: listOf(meta.definition.renamedFrom), fields };
}

function targetField(field: FieldMeta): TargetField {
  const { name, type, column, multiple, required, definition } = field;
  const check = (value: unknown): Outcome => checkValue(field, value);
  const renamedFrom = listOf(definition.renamedFrom);
  return { name, type, column, multiple, required, renamedFrom, check, fill: fillOf(field) };
}

function fillOf(field: FieldMeta): Fill | undefined {
  const { definition } = field;
  if ('backfill' in definition && definition.backfill !== undefined) {
    return { kind: 'formula', source: definition.backfill };
  }
  const value = defaultOf(field);
  if (value === undefined || value === null || field.computed) return undefined;
  const outcome = checkValue(field, value);
  return { kind: 'value', value: outcome.ok ? outcome.value : value };
}

/** Without the columns that exist only as an expression. */
function storedTable(table: TableSchema): TableSchema {
  const isStored = (column: ColumnSchema) =>
    !('expression' in column) || column.expression === undefined;
  return table.columns.every(isStored)
    ? table
    : { ...table, columns: table.columns.filter(isStored) };
}

function listOf(names: string | readonly string[] | undefined): readonly string[] {
  if (names === undefined) return [];
  return typeof names === 'string' ? [names] : names;
}

/** What is remembered of an object. */
export function recordedObject({ table, fields }: TargetObject): RecordedObject {
  const stored: Record<string, StoredField> = {};
  for (const { name, type, column, multiple, required } of fields.values()) {
    stored[name] = { type, column, multiple, required };
  }
  return { table, fields: stored };
}

/** A fingerprint of the tables of objects: equal when nobody changed them meanwhile. */
export function shapeOf(
  database: readonly TableSchema[],
  objects: readonly { readonly name: string }[],
): string {
  const names = new Set(objects.map(({ name }) => name));
  const tables = database.filter(({ name }) => names.has(name));
  const texts = tables.map(({ name, columns, indexes, sequence }) =>
    JSON.stringify([
      name,
      sequence ?? null,
      columns.map((column) => `${column.name} ${column.type}`).sort(),
      indexes
        .map(({ name: index, columns: on, unique, liveOnly, perTenant, fullText }) =>
          JSON.stringify([
            index,
            on,
            unique,
            liveOnly ?? false,
            ...(fullText ? [true] : []),
            ...(perTenant ? ['per tenant'] : []),
          ]),
        )
        .sort(),
    ]),
  );
  return contentHash(texts.sort().join('\n'));
}
