import { createError } from '@objectos/spec/errors';
import type { Driver } from '../driver/contract.js';
import { run } from '../engine/steps.js';
import { tenantSchemaTable } from '../engine/system-tables.js';
import {
  setTenantTablesVersion,
  tenantSchemas,
  tenantTablesVersion,
  type TenantSchemaRow,
} from '../tenants/schemas.js';
import type { MigrationOutcome, TenantOutcome, Workshop } from './carry-out.js';
import { isolateTenants, joinTenants, requireIsolated } from './isolate.js';
import {
  forgetKept,
  isCurrent,
  migrate,
  overviewOf,
  statusOf,
  workshopOf,
  type AutoMigrate,
  type Locked,
  type MigrateOptions,
  type Migrator,
  type MigratorOptions,
} from './migrator.js';
import { tenantTargetOf, type MigrationTarget } from './model.js';
import type { RunningMigration } from './progress.js';
import { compareText } from '../metadata/problems.js';
import { look, type TenantReport } from './report.js';
import { watched } from './watch.js';

/** Most migrations of organizations that are shown at a time. */
const MAX_SHOWN = 20;

/** Schemas that are migrated at a time: the server answers one while another is being committed. */
const MOST_AT_ONCE = 8;

/** What the migrator of a database with schemas of organizations is made of. */
export interface TenantMigratorParts {
  readonly options: MigratorOptions;
  readonly shared: Workshop;
  readonly tenant: NonNullable<Driver['tenant']>;
  readonly locked: Locked;
}

/**
 * Brings the tables of the installation to the metadata, then, a few at a time, the schema of each organization, each
 * with a journal of its own: what was interrupted goes on where it stopped, and what one organization's
 * records do not allow keeps no other one waiting.
 */
export function createTenantMigrator(parts: TenantMigratorParts): Migrator {
  const { options, shared, tenant, locked } = parts;
  const { driver } = options;
  const atOnce = Math.min(MOST_AT_ONCE, driver.capabilities.parallelWrites ?? 1);
  const workshop = (id: string) => workshopOf(options, tenant(id), id);
  const organizations = async (): Promise<TenantSchemaRow[]> => run(tenantSchemas(driver.reader));

  async function all(target: MigrationTarget, how: Allowed): Promise<MigrationOutcome> {
    const outcome = await migrate(target, shared, how);
    const own = tenantTargetOf(target);
    await driver.transaction((session) => run(setTenantTablesVersion(session, own.version)));
    const tenants: TenantOutcome[] = [];
    const failed = new Map<string, unknown>();
    await eachOf(await organizations(), atOnce, async ({ id }) => {
      try {
        const { done } = await migrate(own, workshop(id), named(how, id));
        await note(id, { version: own.version, failure: null });
        tenants.push({ organization: id, done });
      } catch (error) {
        failed.set(id, error);
        await note(id, { failure: error instanceof Error ? error.message : String(error) });
      }
    });
    const [first] = failed.values();
    if (first === undefined) {
      return {
        ...outcome,
        tenants: tenants.toSorted((a, b) => compareText(a.organization, b.organization)),
      };
    }
    const reasons = [...failed].map(([id, error]) => `${id}: ${(error as Error).message}`).sort();
    throw createError('tenant_migration_failed', { reasons }, { cause: first });
  }

  /** Of organizations only those are asked that the last migration has not reached yet. */
  async function running(): Promise<RunningMigration[]> {
    const found = [...(await overviewOf(shared, 0)).running];
    const wanted = await run(tenantTablesVersion(driver.reader));
    for (const { id, version } of await organizations()) {
      if (version !== wanted) found.push(...(await overviewOf(workshop(id), 0)).running);
      if (found.length >= MAX_SHOWN) break;
    }
    return found;
  }

  async function note(id: string, set: { version?: string; failure: string | null }) {
    const where = { op: 'eq', field: 'id', value: id } as const;
    await driver.transaction((session) => session.update({ table: tenantSchemaTable, set, where }));
  }

  return {
    async plan(target, { allowDestructive = false } = {}) {
      const { report } = await look(target, shared, allowDestructive);
      const own = tenantTargetOf(target);
      const tenants: TenantReport[] = [];
      for (const { id } of await organizations()) {
        const found = (await look(own, workshop(id), allowDestructive)).report;
        const { plan, problems, waiting } = found;
        if (plan.steps.length + problems.length + waiting.length === 0) continue;
        tenants.push({ organization: id, report: found });
      }
      return { ...report, tenants };
    },
    apply: (target, given = {}) => locked(() => all(target, { ...given, allowed: 'destructive' })),
    async status(target) {
      const own = tenantTargetOf(target);
      const tenants = [];
      for (const { id } of await organizations()) {
        const { report, drift, running, kept } = await statusOf(own, workshop(id));
        tenants.push({ organization: id, report, drift, running, kept });
      }
      return { ...(await statusOf(target, shared)), tenants };
    },
    overview: async () => ({ ...(await overviewOf(shared)), running: await running() }),
    undo() {
      const reason =
        'organizations have schemas of their own; bring the former metadata back instead';
      return Promise.reject(createError('migration_undo_impossible', { reason }));
    },
    forget: () =>
      locked(async () => {
        const dropped = await forgetKept(shared);
        for (const { id } of await organizations()) {
          for (const table of await forgetKept(workshop(id))) dropped.push(`${id}: ${table}`);
        }
        return dropped;
      }),
    async atStart(target, allowed, tell) {
      await requireIsolated(driver, target);
      const { version } = tenantTargetOf(target);
      const noted = await run(tenantTablesVersion(driver.reader));
      const behind = (await organizations()).some((one) => one.version !== version);
      if (noted === version && !behind && (await isCurrent(target, shared))) return 0;
      const work = () => locked(() => all(target, { allowed }));
      const { done, tenants = [] } = await watched(work, running, tell);
      return tenants.reduce((sum, one) => sum + one.done.length, done.length);
    },
    isolate: (target, { undo = false }) =>
      locked(async () => {
        await all(target, { allowed: 'safe' });
        return undo ? joinTenants(driver) : isolateTenants(driver, target);
      }),
  };
}

type Allowed = MigrateOptions & { readonly allowed: AutoMigrate | 'destructive' };

/** Does `work` with each, a few at a time, in their order. Ends with the first failure of `work` itself. */
async function eachOf<T>(
  all: readonly T[],
  atOnce: number,
  work: (one: T) => Promise<void>,
): Promise<void> {
  const left = all.values();
  const worker = async (): Promise<void> => {
    for (const one of left) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Who watches is told whose schema it is. */
function named(how: Allowed, organization: string): Allowed {
  const { onProgress } = how;
  if (onProgress === undefined) return how;
  return {
    ...how,
    onProgress: (progress) =>
      onProgress({ ...progress, step: `${organization}: ${progress.step}` }),
  };
}
