import { createError } from '@objectos/spec/errors';
import type { DriverSession, Row, TableSchema } from '../driver/contract.js';
import { wait, type Steps } from '../engine/steps.js';
import { installationTable, migrationTable, tenantSchemaTable } from '../engine/system-tables.js';
import { migrationId, type MigrationRecord } from '../migrate/journal.js';
import type { RecordedObject, RecordedSchema } from '../migrate/model.js';

/** The lock under which migrations run; a schema that is made meanwhile could miss one. */
export const MIGRATION_LOCK = 'migrate';

/** The row of the installation that has the version of the tables of organizations. */
const VERSION_ROW = 'tenant_tables';

/** An organization with a schema of its own. */
export interface TenantSchemaRow {
  readonly id: string;
  readonly version: string;
  /** Why the last migration of its tables did not come through. */
  readonly failure: string | null;
}

/** Every organization that has a schema. */
export function* tenantSchemas(session: DriverSession): Steps<TenantSchemaRow[]> {
  const rows = yield* wait(
    session.find({
      table: tenantSchemaTable,
      columns: ['id', 'version', 'failure'],
      orderBy: [{ field: 'id', direction: 'asc' }],
    }),
  );
  return rows as unknown as TenantSchemaRow[];
}

/** The version that the tables of organizations have, or shall have. */
export function* tenantTablesVersion(session: DriverSession): Steps<string> {
  const where = { op: 'eq', field: 'id', value: VERSION_ROW } as const;
  const found = yield* wait(session.find({ table: installationTable, columns: ['value'], where }));
  return (found[0]?.['value'] ?? '') as string;
}

/** Notes the version that the tables of organizations shall have from now on. */
export function* setTenantTablesVersion(session: DriverSession, value: string): Steps<void> {
  const where = { op: 'eq', field: 'id', value: VERSION_ROW } as const;
  const changed = yield* wait(session.update({ table: installationTable, set: { value }, where }));
  if (changed > 0) return;
  yield* wait(session.insert(installationTable, [{ id: VERSION_ROW, value }]));
}

/** How a schema is made. */
export interface MakeOptions {
  /** The caller has the lock of migrations. */
  readonly locked?: boolean | undefined;
}

/**
 * Makes the schema of an organization, in the transaction of the session: its tables are those that
 * the last migration left, whatever metadata this process has. Nothing to do where organizations share
 * their tables.
 *
 * @throws `tenant_exists`, `tenant_migration_running`
 */
export function* makeTenantSchema(
  session: DriverSession,
  organization: string,
  { locked = false }: MakeOptions = {},
): Steps<void> {
  const { tenants } = session;
  if (tenants === undefined) return;
  if (!locked && !(yield* wait(tenants.hold(MIGRATION_LOCK)))) {
    throw createError('tenant_migration_running', { organization });
  }
  const where = { op: 'eq', field: 'id', value: organization } as const;
  // That of an organization whose record is gone, and whose records are not.
  if ((yield* wait(session.count({ table: tenantSchemaTable, where }))) > 0) {
    throw createError('tenant_exists', { organization });
  }
  const recorded = yield* lastRecorded(tenants.of(null));
  const objects = tenantObjects(recorded);
  const tables = Object.values(objects).map(({ table }) => table);
  yield* wait(tenants.create(organization, [...tables, migrationTable]));
  const version = yield* tenantTablesVersion(session);
  const at = new Date().toISOString();
  const after: RecordedSchema = { objects, retired: [], renames: [] };
  yield* wait(tenants.of(organization).insert(migrationTable, [madeAs(version, after, at)]));
  yield* wait(
    session.insert(tenantSchemaTable, [{ id: organization, version, made_at: at, failure: null }]),
  );
}

/** Removes the schema of an organization with everything in it. */
export function* dropTenantSchema(session: DriverSession, organization: string): Steps<void> {
  const { tenants } = session;
  if (tenants === undefined) return;
  const where = { op: 'eq', field: 'id', value: organization } as const;
  const known = yield* wait(session.delete({ table: tenantSchemaTable, where }));
  if (known > 0) yield* wait(tenants.drop(organization));
}

/** The tables of organizations as the last migration left them. */
export function* recordedTenantTables(session: DriverSession): Steps<TableSchema[]> {
  const recorded = yield* lastRecorded(session.tenants?.of(null) ?? session);
  return Object.values(tenantObjects(recorded)).map(({ table }) => table);
}

function* lastRecorded(session: DriverSession): Steps<RecordedSchema | undefined> {
  const [row] = yield* wait(
    session.find({
      table: migrationTable,
      columns: ['after'],
      where: { op: 'eq', field: 'state', value: 'done' },
      orderBy: [{ field: 'id', direction: 'desc' }],
      limit: 1,
    }),
  );
  return (row?.['after'] ?? undefined) as RecordedSchema | undefined;
}

function tenantObjects(recorded: RecordedSchema | undefined): Record<string, RecordedObject> {
  const entries = Object.entries(recorded?.objects ?? {});
  return Object.fromEntries(entries.filter(([, { table }]) => table.tenant === true));
}

/** What the journal of a new schema begins with: its tables are at this version. */
function madeAs(version: string, after: RecordedSchema, at: string): Row {
  const record: MigrationRecord = {
    id: migrationId(),
    kind: 'apply',
    state: 'done',
    version,
    shape: null,
    before: null,
    after,
    done: [],
    current: null,
    started_at: at,
    finished_at: at,
    node: null,
    failure: null,
  };
  return { ...record };
}
