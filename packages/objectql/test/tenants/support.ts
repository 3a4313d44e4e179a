import { randomBytes } from 'node:crypto';
import { systemContext, type ExecutionContext } from '@objectos/spec/contracts';
import { emptyPostgres, findPostgres, type TestPostgres } from '@objectos/testing';
import { SqlDriver } from '@objectql/driver-sql';
import { onTestFinished } from 'vitest';
import { createDataRuntime, type DataRuntime } from '../../src/index.js';
import { APPLICATION, layersOf } from './metadata.js';

/** The PostgreSQL of this machine; without one these suites are left out, loudly. */
export const server = await findPostgres();

/** Ids of organizations: one as plugins make them, one that somebody chose. */
export const A = '019acb5e-0000-7000-8000-00000000000a';
export const B = 'Acme_B';

export const inA = systemContext('test', { tenantId: A });
export const inB = systemContext('test', { tenantId: B });
/** Means all organizations, which nobody can. */
export const everywhere = systemContext('test');
export const installation = systemContext('test', { installation: true });

/** A user, of an organization or of none. */
export function userIn(tenantId: string | null): ExecutionContext {
  const principal = { kind: 'user', id: 'u', tenantId, roles: [], fingerprint: 'f' } as const;
  return { principal, requestId: 'test' };
}

/** A database whose organizations have schemas, and a process on it. */
export interface TenantWorld {
  readonly place: TestPostgres;
  readonly driver: SqlDriver;
  readonly runtime: DataRuntime;
  readonly engine: DataRuntime['engine'];
}

/** An empty database; it is gone after the test. */
export async function emptyPlace(): Promise<TestPostgres> {
  const place = await emptyPostgres(server ?? '');
  onTestFinished(() => place.drop());
  return place;
}

/** A process on a database, with nothing loaded; closed after the test. */
export async function openProcess(place: TestPostgres, tenantSchemas = true): Promise<TenantWorld> {
  const driver = new SqlDriver({ url: place.url, tenantSchemas });
  onTestFinished(() => driver.close());
  const access = () => ({ decide: () => ({ allowed: true }) as const });
  const encryptionKeys = `k1:${randomBytes(32).toString('base64')}`;
  const runtime = createDataRuntime({ driver, autoMigrate: 'backfill', access, encryptionKeys });
  return { place, driver, runtime, engine: runtime.engine };
}

/** A process with the metadata loaded, and the organizations A and B. */
export async function openTenants(application = APPLICATION): Promise<TenantWorld> {
  const world = await openProcess(await emptyPlace());
  await world.runtime.load(layersOf(application));
  for (const id of [A, B]) await addOrganization(world, id);
  return world;
}

/** Makes an organization as the sign-in does. */
export async function addOrganization({ engine }: TenantWorld, id: string): Promise<void> {
  await engine.insert('organization', { id, name: id }, everywhere, { acceptId: true });
}

/** The schemas of organizations, as the server has them. */
export async function schemasOf({ place }: TenantWorld): Promise<string[]> {
  const rows = await place.sql(
    `SELECT nspname AS name FROM pg_namespace
     WHERE obj_description(oid, 'pg_namespace') = 'objectql: an organization of ' || current_schema()
     ORDER BY 1`,
  );
  return rows.map(({ name }) => String(name));
}
