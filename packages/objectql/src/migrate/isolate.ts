import { createError } from '@objectos/spec/errors';
import type { Driver, DriverSession, TableSchema } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { run, wait, type Steps } from '../engine/steps.js';
import {
  dropTenantSchema,
  makeTenantSchema,
  recordedTenantTables,
  tenantSchemas,
} from '../tenants/schemas.js';
import type { Isolated } from './migrator.js';
import type { MigrationTarget } from './model.js';

/**
 * Refuses a start over records that nobody would find: those of organizations that have no schema yet.
 *
 * @throws `tenant_isolation_pending`
 */
export async function requireIsolated(driver: Driver, target: MigrationTarget): Promise<void> {
  const pending = await withoutSchema(driver, target);
  if (pending.length === 0) return;
  const params = { isolation: 'schema', organizations: pending.length } as const;
  throw createError('tenant_isolation_pending', params);
}

/** Gives every organization a schema and moves its records there, a transaction for each. */
export async function isolateTenants(driver: Driver, target: MigrationTarget): Promise<Isolated> {
  const moved: Record<string, number> = {};
  const tables = await run(recordedTenantTables(driver.reader));
  for (const organization of await withoutSchema(driver, target)) {
    moved[organization] = await driver.transaction((session) =>
      run(isolate(session, organization, tables)),
    );
  }
  return moved;
}

function* isolate(
  session: DriverSession,
  organization: string,
  tables: readonly TableSchema[],
): Steps<number> {
  yield* makeTenantSchema(session, organization, { locked: true });
  return yield* wait(session.tenants?.move(organization, tables, 'schema') ?? 0);
}

/** Moves the records of every organization back into the shared tables, and drops its schema. */
export async function joinTenants(driver: Driver): Promise<Isolated> {
  const moved: Record<string, number> = {};
  const tables = await run(recordedTenantTables(driver.reader));
  for (const { id } of await run(tenantSchemas(driver.reader))) {
    moved[id] = await driver.transaction((session) => run(join(session, id, tables)));
  }
  return moved;
}

function* join(
  session: DriverSession,
  organization: string,
  tables: readonly TableSchema[],
): Steps<number> {
  const moved = yield* wait(session.tenants?.move(organization, tables, 'shared') ?? 0);
  yield* dropTenantSchema(session, organization);
  return moved;
}

/** Organizations, and those that records merely name, without a schema. */
async function withoutSchema(driver: Driver, { objects }: MigrationTarget): Promise<string[]> {
  const shared = driver.tenant?.(null) ?? driver;
  const known = new Set((await run(tenantSchemas(driver.reader))).map(({ id }) => id));
  const existing = new Set((await shared.introspect()).map(({ name }) => name));
  const found = new Set<string>();
  for (const { name, table } of objects) {
    if (!existing.has(name)) continue;
    if (name === 'organization') await collect(shared, { table, column: 'id' }, found);
    // What is in the shared tables belongs to nobody, once there are schemas.
    else if (table.tenant === true) {
      await collect(shared, { table, column: 'organization_id' }, found);
    }
  }
  return [...found].filter((id) => !known.has(id)).sort();
}

async function collect(
  { reader }: Driver,
  { table, column }: { readonly table: TableSchema; readonly column: string },
  found: Set<string>,
): Promise<void> {
  const where: RowFilter = { op: 'isNull', field: column, value: false };
  const columns = [column];
  const orderBy = [{ field: column, direction: 'asc' }] as const;
  const rows = await reader.find({ table, columns, where, orderBy, distinct: true });
  for (const row of rows) found.add(row[column] as string);
}
