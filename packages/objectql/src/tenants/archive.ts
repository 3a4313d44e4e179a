import type { Driver, DriverSession, Row, TableSchema } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { isId } from '../engine/ids.js';
import { sequenceTable } from '../engine/system-tables.js';
import type { FieldMeta, MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import { membershipTables } from './memberships.js';
import { tenantTables } from './tables.js';

/** A table that archives have rows of, and which of its rows are those of the organization. */
export interface ArchivedTable {
  readonly table: TableSchema;
  readonly where: RowFilter;
  /** Absent for counters. */
  readonly meta?: ObjectMeta | undefined;
}

/** What decides which tables an archive has. */
export interface ArchiveScope {
  readonly driver: Driver;
  readonly snapshot: MetadataSnapshot;
  /** Objects whose records belong to the installation, whatever organization they name. */
  readonly ofInstallation: ReadonlySet<string>;
}

/**
 * The tables of an archive: the organization with its members, the records of objects, the counters.
 * Users, their sessions and keys belong to the installation; so do change log, audit log and jobs.
 */
export async function archivedTables(
  scope: ArchiveScope,
  organization: string,
): Promise<ArchivedTable[]> {
  const { objects } = scope.snapshot;
  const members = membershipTables(scope.snapshot, organization);
  const reached = new Set(members.map(({ table }) => table.name));
  const found = members.map((one): ArchivedTable => ({
    ...one,
    meta: objects.get(one.table.name),
  }));
  for (const { table, isObject, rowsOf } of await tenantTables(scope.driver, scope.snapshot)) {
    const meta = objects.get(table.name);
    const isRecord = isObject && !reached.has(table.name) && isOwn(scope, meta);
    if (!isRecord && table.name !== sequenceTable.name) continue;
    found.push({ table, where: rowsOf(organization), meta });
  }
  return found.filter(({ table }) => table.columns.some(({ name }) => name === 'id'));
}

function isOwn({ ofInstallation }: ArchiveScope, meta: ObjectMeta | undefined): boolean {
  if (meta === undefined || meta.system || meta.name === 'user') return false;
  // Details of users go where users go, also those of a plugin that forgot to say so.
  return (
    !ofInstallation.has(meta.name) &&
    !meta.relations.some(({ type, reference }) => type === 'master_detail' && reference === 'user')
  );
}

/** Why a row of an archive can't be one that was exported; `undefined` for one that may. */
export function wrongRow(
  { table, meta }: ArchivedTable,
  row: Row,
  organization: string,
): string | undefined {
  const { id } = row;
  const isCounter = meta === undefined;
  if (isCounter ? !isCounterOf(id, organization) : !isId(id)) return 'a row has a wrong id';
  const columns = new Map(table.columns.map((column) => [column.name, column]));
  for (const [name, value] of Object.entries(row)) {
    const column = columns.get(name);
    if (column === undefined || column.expression !== undefined) return 'a row has unknown fields';
    if (value === null || column.type === 'json') continue;
    if (!isOfType(value, column.type)) return `a row has no ${column.type} in "${name}"`;
  }
  const missing = table.columns.find(
    ({ name, nullable, expression }) =>
      !nullable && expression === undefined && (row[name] ?? null) === null,
  );
  return missing === undefined ? undefined : `a row has no "${missing.name}"`;
}

/** `object.field organization period` */
function isCounterOf(id: unknown, organization: string): boolean {
  if (typeof id !== 'string') return false;
  const parts = id.split(' ');
  return parts.length === 3 && parts[1] === organization;
}

function isOfType(value: unknown, type: TableSchema['columns'][number]['type']): boolean {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isSafeInteger(value);
    case 'real':
    case 'decimal':
      return (
        typeof value === 'number' || (typeof value === 'string' && !Number.isNaN(Number(value)))
      );
    default:
      return typeof value === 'string';
  }
}

/**
 * Finds a table with rows, inserted by an import, that are not of the organization: its condition
 * counts fewer than were inserted.
 */
export async function tableWithForeignRows(
  session: DriverSession,
  targets: readonly ArchivedTable[],
  made: Readonly<Record<string, number>>,
): Promise<string | undefined> {
  for (const { table, where } of targets) {
    const inserted = made[table.name] ?? 0;
    if (inserted > 0 && (await session.count({ table, where })) !== inserted) return table.name;
  }
  return undefined;
}

/**
 * Finds a field through which imported rows point to records of somebody else. What they point to
 * may be missing: it may have been when they were exported.
 */
export async function foreignReference(
  session: DriverSession,
  targets: readonly ArchivedTable[],
  { scope, organization }: { readonly scope: ArchiveScope; readonly organization: string },
): Promise<string | undefined> {
  for (const { table, where, meta } of targets) {
    if (meta === undefined) continue;
    for (const { field, leads } of references(meta, scope, organization)) {
      const found = field.multiple
        ? await listLeads(session, { table, where, field, leads })
        : await session.count({ table, where: both(where, leads.toRow), atMost: 1 });
      if (found > 0) return `${meta.name}.${field.name}`;
    }
  }
  return undefined;
}

/** Where a reference must not lead: as a condition on the row, and on the row that it leads to. */
interface Leads {
  readonly toRow: RowFilter;
  readonly table: TableSchema;
  readonly foreign: RowFilter;
}

function references(
  meta: ObjectMeta,
  scope: ArchiveScope,
  organization: string,
): { field: FieldMeta; leads: Leads }[] {
  const to = (field: FieldMeta, object: string, only?: RowFilter) => {
    const target = scope.snapshot.objects.get(object);
    const isScoped = object === 'organization' || isOwn(scope, target);
    if (target === undefined || !isScoped) return [];
    const column = object === 'organization' ? 'id' : 'organization_id';
    const foreign: RowFilter = { op: 'ne', field: column, value: organization };
    const on = [{ outer: field.name, inner: 'id' }];
    const exists: RowFilter = { op: 'exists', table: target.table, on, where: foreign };
    const toRow = only === undefined ? exists : both(only, exists);
    return [{ field, leads: { toRow, table: target.table, foreign } }];
  };
  const single = meta.relations.flatMap((field) =>
    field.reference === undefined ? [] : to(field, field.reference),
  );
  const several = meta.polymorphic.flatMap((field) =>
    [...(field.polymorphic?.objects ?? [])].flatMap((object) => {
      const by = field.polymorphic?.objectField ?? '';
      return to(field, object, { op: 'eq', field: by, value: object });
    }),
  );
  return [...single, ...several];
}

const PAGE = 500;

/** Ids in a list can't be joined: they are looked up, a page of rows at a time. */
async function listLeads(
  session: DriverSession,
  about: {
    readonly table: TableSchema;
    readonly where: RowFilter;
    readonly field: FieldMeta;
    readonly leads: Leads;
  },
): Promise<number> {
  const { table, where, field, leads } = about;
  let after: RowFilter | undefined;
  for (;;) {
    const rows = await session.find({
      table,
      columns: ['id', field.name],
      where: after === undefined ? where : both(where, after),
      orderBy: [{ field: 'id', direction: 'asc' }],
      limit: PAGE,
    });
    const ids = rows.flatMap((row) => {
      const list = row[field.name];
      return Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [];
    });
    for (let at = 0; at < ids.length; at += PAGE) {
      const chosen: RowFilter = { op: 'in', field: 'id', value: ids.slice(at, at + PAGE) };
      const found = await session.count({
        table: leads.table,
        where: both(chosen, leads.foreign),
        atMost: 1,
      });
      if (found > 0) return found;
    }
    const last = rows.at(-1)?.['id'];
    if (rows.length < PAGE || typeof last !== 'string') return 0;
    after = { op: 'gt', field: 'id', value: last };
  }
}

function both(one: RowFilter, other: RowFilter): RowFilter {
  return { op: 'and', args: [one, other] };
}
