import { createError } from '@objectos/spec/errors';
import type { Driver, DriverSession, Row, TableSchema } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { isId, newId } from '../engine/ids.js';
import { run } from '../engine/steps.js';
import { changeLogTable, sequenceTable } from '../engine/system-tables.js';
import type { MetadataSnapshot } from '../metadata/compiled.js';
import { archivedTables, foreignReference, tableWithForeignRows, wrongRow } from './archive.js';
import { membershipTables } from './memberships.js';
import { rowsWith } from './remains.js';
import { dropTenantSchema, makeTenantSchema, tenantSchemas } from './schemas.js';
import { tenantTables } from './tables.js';

/** One row of an archive. */
export interface ArchivedRow {
  readonly table: string;
  readonly row: Row;
}

/** What an archive says of itself, before its rows. */
export interface ArchiveHead {
  readonly format: typeof ARCHIVE_FORMAT;
  readonly organization: string;
  /** Rows by table. */
  readonly tables: Readonly<Record<string, number>>;
}

/** Names the form of archives. */
export const ARCHIVE_FORMAT = 'objectos.tenant/1';

/** Rows by table. */
export type RowCounts = Readonly<Record<string, number>>;

/**
 * Everything that an installation keeps of one organization. It works on rows as they are stored, with
 * their ids, owners and times, beside permission, hooks and rules: for operators, not for requests.
 */
export interface TenantData {
  /** @throws `tenant_not_found` */
  exportHead(organization: string): Promise<ArchiveHead>;
  /** The rows of the records of an organization, of its members and of its counters. */
  exportRows(organization: string): AsyncGenerator<ArchivedRow>;
  /** All rows in one transaction. @throws `tenant_exists`, `tenant_archive_invalid` */
  import(head: ArchiveHead, rows: AsyncIterable<ArchivedRow>): Promise<RowCounts>;
  /**
   * Makes a second organization with copies of the records and counters of the first, in one
   * transaction; not of its members. @throws `tenant_not_found`, `tenant_exists`
   */
  clone(organization: string, as: CloneTarget): Promise<RowCounts>;
  /** Removes every row of an organization, in one transaction. @throws `tenant_not_found` */
  erase(organization: string): Promise<RowCounts>;
  /**
   * Looks through every text and JSON column of every table for the id of the organization. The chained audit
   * log is left out: it can't lose entries, and tells that something was, not what.
   */
  remains(organization: string): Promise<RowCounts>;
}

/** What a copy of an organization is called. */
export interface CloneTarget {
  readonly id: string;
  readonly name: string;
  /** Unique in the installation. */
  readonly slug: string;
}

const PAGE = 500;

/** Makes the access to organizations' data of a driver. */
export function createTenantData(
  driver: Driver,
  snapshot: () => MetadataSnapshot,
  ofInstallation: () => ReadonlySet<string> = () => new Set(),
): TenantData {
  const scopeOf = () => ({ driver, snapshot: snapshot(), ofInstallation: ofInstallation() });
  const exported = (organization: string) => archivedTables(scopeOf(), organization);

  async function requireOrganization(id: string): Promise<void> {
    const table = snapshot().objects.get('organization')?.table;
    const where: RowFilter = { op: 'eq', field: 'id', value: id };
    if (table !== undefined && (await driver.reader.count({ table, where })) === 1) return;
    throw createError('tenant_not_found', { organization: id });
  }

  async function exportHead(organization: string): Promise<ArchiveHead> {
    await requireOrganization(organization);
    const tables: Record<string, number> = {};
    const reader = placed(driver.reader, organization);
    for (const { table, where } of await exported(organization)) {
      const rows = await reader.count({ table, where });
      if (rows > 0) tables[table.name] = (tables[table.name] ?? 0) + rows;
    }
    return { format: ARCHIVE_FORMAT, organization, tables };
  }

  return {
    exportHead,
    async *exportRows(organization) {
      await requireOrganization(organization);
      const reader = placed(driver.reader, organization);
      for (const { table, where } of await exported(organization)) {
        for await (const row of rowsOf(reader, table, where)) yield { table: table.name, row };
      }
    },
    async import(head, rows) {
      const { organization } = head;
      if (!isId(organization)) throw invalid('the id of its organization is none');
      const scope = scopeOf();
      const all = await archivedTables(scope, organization);
      const targets = new Map(all.map((one) => [one.table.name, one]));
      return driver.transaction(async (given) => {
        const session = await makePlace(given, organization);
        for (const { table, where } of all) {
          if ((await session.count({ table, where, atMost: 1 })) === 0) continue;
          throw createError('tenant_exists', { organization });
        }
        const made: Record<string, number> = {};
        for await (const { table, row } of rows) {
          const target = targets.get(table);
          if (target === undefined) {
            throw invalid(`no archive has rows of "${table.slice(0, 64)}" for this installation`);
          }
          const wrong = wrongRow(target, row, organization);
          if (wrong !== undefined) throw invalid(`${wrong}, of "${table}"`);
          await session.insert(target.table, [row]);
          made[table] = (made[table] ?? 0) + 1;
        }
        for (const table of new Set([...Object.keys(head.tables), ...Object.keys(made)])) {
          const [has, says] = [made[table] ?? 0, head.tables[table] ?? 0];
          if (has !== says) throw invalid(`it has ${has} of the ${says} rows of "${table}"`);
        }
        if (made['organization'] !== 1) throw invalid('it has not exactly one organization');
        const foreign = await tableWithForeignRows(session, all, made);
        if (foreign !== undefined) {
          throw invalid(`rows of "${foreign}" are not of the organization "${organization}"`);
        }
        const leading = await foreignReference(session, all, { scope, organization });
        if (leading !== undefined) throw invalid(`"${leading}" points to records of somebody else`);
        return made;
      });
    },
    async clone(organization, as) {
      await requireOrganization(organization);
      const parts = await exported(organization);
      const copied = parts.filter(({ table }) => isCopied(table, snapshot()));
      const made = snapshot().objects.get('organization')?.table;
      return driver.transaction(async (given) => {
        const session = placed(given, organization);
        if (made === undefined) throw createError('tenant_not_found', { organization });
        const where: RowFilter = { op: 'eq', field: 'id', value: as.id };
        if ((await session.count({ table: made, where })) > 0) {
          throw createError('tenant_exists', { organization: as.id });
        }
        const target = await makePlace(given, as.id);
        const ids = new Map<string, string>();
        for (const { table, where: of } of copied) {
          if (table.name === sequenceTable.name) continue;
          for await (const { id } of rowsOf(session, table, of)) ids.set(id as string, newId());
        }
        const own: RowFilter = { op: 'eq', field: 'id', value: organization };
        for await (const row of rowsOf(session, made, own)) {
          await session.insert(made, [{ ...row, ...as, suspended_at: null }]);
        }
        const counts: Record<string, number> = {};
        for (const { table, where: of } of copied) {
          const rows: Row[] = [];
          const isCounter = table.name === sequenceTable.name;
          for await (const row of rowsOf(session, table, of)) {
            rows.push(isCounter ? counterOf(row, as.id) : copyOf(row, ids, as.id));
          }
          if (rows.length === 0) continue;
          await target.insert(table, rows);
          counts[table.name] = rows.length;
        }
        return counts;
      });
    },
    async erase(organization) {
      await requireOrganization(organization);
      const own = (await tenantTables(driver, snapshot())).map(({ table, rowsOf: of }) => ({
        table,
        where: of(organization),
      }));
      const members = membershipTables(snapshot(), organization);
      return driver.transaction(async (given) => {
        const gone: Record<string, number> = {};
        const session = placed(given, organization);
        for (const { table, where } of members) {
          for await (const { id } of rowsOf(session, table, where)) {
            await session.delete({ table: changeLogTable, where: changesOf(table.name, id) });
          }
        }
        for (const { table, where } of [...own, ...members.toReversed()]) {
          const rows = await session.delete({ table, where });
          if (rows > 0) gone[table.name] = (gone[table.name] ?? 0) + rows;
        }
        for (const { table, field } of lookups(snapshot())) {
          const where: RowFilter = { op: 'eq', field, value: organization };
          for (const place of await placesWith(given, table)) {
            await place.update({ table, set: { [field]: null }, where });
          }
        }
        await run(dropTenantSchema(given, organization));
        return gone;
      });
    },
    async remains(organization) {
      const found: Record<string, number> = {};
      for (const place of await placesOf(driver)) {
        for (const [table, rows] of Object.entries(await rowsWith(place, organization))) {
          found[table] = (found[table] ?? 0) + rows;
        }
      }
      return found;
    },
  };
}

/** The session, with the tables of the organization where it has its own. */
function placed(session: DriverSession, organization: string): DriverSession {
  return session.tenants?.of(organization) ?? session;
}

/** Makes the schema of an organization that comes, where organizations have schemas. */
async function makePlace(session: DriverSession, organization: string): Promise<DriverSession> {
  if (session.tenants === undefined) return session;
  await run(makeTenantSchema(session, organization));
  return session.tenants.of(organization);
}

/** The sessions in which a table has rows: one for each place, where each has such a table. */
async function placesWith(session: DriverSession, table: TableSchema): Promise<DriverSession[]> {
  const { tenants } = session;
  if (tenants === undefined || table.tenant !== true) return [session];
  const organizations = await run(tenantSchemas(session));
  return [null, ...organizations.map(({ id }) => id)].map((id) => tenants.of(id));
}

/** Everything that the installation has, schema by schema. */
async function placesOf(driver: Driver): Promise<Driver[]> {
  const { tenant, reader } = driver;
  if (tenant === undefined) return [driver];
  const organizations = await run(tenantSchemas(reader));
  return [null, ...organizations.map(({ id }) => id)].map((id) => tenant(id));
}

/** Records of the application and counters; members and the organization itself are no copies. */
function isCopied({ name }: TableSchema, { objects }: MetadataSnapshot): boolean {
  if (name === sequenceTable.name) return true;
  const object = objects.get(name);
  return (
    object !== undefined &&
    !object.relations.some(({ reference }) => reference === 'organization') &&
    name !== 'organization'
  );
}

/** A row for another organization, with its own ids wherever those of the first one stand. */
function copyOf(row: Row, ids: ReadonlyMap<string, string>, organization: string): Row {
  const copied = Object.entries(row).map(([name, value]) => [
    name,
    replaced(value, ids) as Row[string],
  ]);
  return { ...(Object.fromEntries(copied) as Row), organization_id: organization };
}

/** `object.field organization period`. */
function counterOf(row: Row, organization: string): Row {
  const [of = '', , ...period] = String(row['id']).split(' ');
  return { ...row, id: [of, organization, ...period].join(' ') };
}

function replaced(value: unknown, ids: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return ids.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => replaced(item, ids));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item, ids)]));
}

function changesOf(object: string, id: unknown): RowFilter {
  const args: RowFilter[] = [
    { op: 'eq', field: 'object', value: object },
    { op: 'eq', field: 'record_id', value: id as string },
  ];
  return { op: 'and', args };
}

/** Fields that merely name an organization: they are emptied, and their records stay. */
function lookups({ objects }: MetadataSnapshot): { table: TableSchema; field: string }[] {
  return [...objects.values()].flatMap(({ table, relations }) =>
    relations
      .filter(({ reference, type }) => reference === 'organization' && type !== 'master_detail')
      .map(({ name }) => ({ table, field: name })),
  );
}

/** All rows, page by page in the order of their ids. */
async function* rowsOf(
  session: DriverSession,
  table: TableSchema,
  where: RowFilter,
): AsyncGenerator<Row> {
  const columns = table.columns.flatMap(({ name, expression }) =>
    expression === undefined ? [name] : [],
  );
  let after: RowFilter | undefined;
  for (;;) {
    const rows = await session.find({
      table,
      columns,
      where: after === undefined ? where : { op: 'and', args: [where, after] },
      orderBy: [{ field: 'id', direction: 'asc' }],
      limit: PAGE,
    });
    yield* rows;
    const last = rows.at(-1)?.['id'];
    if (rows.length < PAGE || typeof last !== 'string') return;
    after = { op: 'gt', field: 'id', value: last };
  }
}

function invalid(reason: string): Error {
  return createError('tenant_archive_invalid', { reason });
}
