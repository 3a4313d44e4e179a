import type { Logger } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Driver } from '../driver/contract.js';
import { MIGRATION_LOCK } from '../tenants/schemas.js';
import { acknowledge, carryOut, type MigrationOutcome, type Workshop } from './carry-out.js';
import { describePlan } from './describe.js';
import { findDrift, type Drift } from './drift.js';
import type { ExecuteOptions } from './execute.js';
import { openJournal, type MigrationRecord } from './journal.js';
import { isKept } from './kept.js';
import { shapeOf, type MigrationTarget } from './model.js';
import { createTenantMigrator } from './tenant-migrator.js';
import { runningMigration, type RunningMigration } from './progress.js';
import { look, refuseProblems, type PlanReport } from './report.js';
import type { Risk } from './steps.js';
import { undoLast } from './undo-last.js';
import { watched } from './watch.js';

/** How to migrate. */
export interface MigrateOptions extends ExecuteOptions {
  /** Consent to steps that lose values. What they take is kept aside, so that it can be undone. */
  readonly allowDestructive?: boolean | undefined;
}

/** How a database stands to its metadata. */
export interface MigrationStatus {
  readonly report: PlanReport;
  readonly drift: readonly Drift[];
  /** The migration that was interrupted or runs at this moment. */
  readonly running: MigrationRecord | undefined;
  /** The last 20, newest first. */
  readonly history: readonly MigrationRecord[];
  /** Tables with what migrations took away. */
  readonly kept: readonly string[];
  /** Of each organization that has a schema, where they do. */
  readonly tenants?: readonly TenantStatus[] | undefined;
}

/** How the schema of an organization stands to the metadata. */
export interface TenantStatus extends Pick<
  MigrationStatus,
  'report' | 'drift' | 'running' | 'kept'
> {
  readonly organization: string;
}

/** What the journal says, whichever process does a migration. */
export interface MigrationOverview {
  /** Those that run, or were interrupted and wait to be gone on with. */
  readonly running: readonly RunningMigration[];
  /** The last 20, newest first. */
  readonly history: readonly MigrationRecord[];
}

/** What may happen to a database at a start without being asked for. */
export type AutoMigrate = 'none' | 'safe' | 'backfill';

/** Brings a database to its metadata. Two processes never do at the same time. */
export interface Migrator {
  plan(target: MigrationTarget, options?: MigrateOptions): Promise<PlanReport>;
  /** @throws `migration_blocked`, `migration_failed`; the next attempt goes on where it stopped */
  apply(target: MigrationTarget, options?: MigrateOptions): Promise<MigrationOutcome>;
  status(target: MigrationTarget): Promise<MigrationStatus>;
  /** What is going on and what was done; costs a look at the journal, and needs no metadata. */
  overview(): Promise<MigrationOverview>;
  /** Undoes the last migration. @throws `migration_undo_impossible`, `migration_blocked` */
  undo(options?: MigrateOptions): Promise<MigrationOutcome>;
  /** Drops what migrations kept aside, for good. @returns the tables dropped */
  forget(): Promise<readonly string[]>;
  /**
   * What a start does: nothing when the database fits; the steps that `auto` allows otherwise.
   *
   * @param tell is told about once a second how far a migration is that this start does or waits for
   * @returns how many steps were done
   * @throws `migration_required`, `migration_blocked`, `migration_failed`
   */
  atStart(
    target: MigrationTarget,
    auto: AutoMigrate,
    tell?: (running: RunningMigration) => void,
  ): Promise<number>;
  /**
   * Moves the records of organizations into schemas of their own, or back, an organization at a time.
   * Interrupted, it is done again. Present where the database is told to keep such schemas.
   */
  readonly isolate?:
    ((target: MigrationTarget, options: IsolateOptions) => Promise<Isolated>) | undefined;
}

/** How organizations are given schemas. */
export interface IsolateOptions {
  /** Back into the tables that all of them share. */
  readonly undo?: boolean | undefined;
}

/** Records that were moved, by organization. */
export type Isolated = Readonly<Record<string, number>>;

/** What a migrator is made with. */
export interface MigratorOptions {
  readonly driver: Driver;
  readonly logger?: Logger | undefined;
  /** Names this process in the journal. */
  readonly node?: string | undefined;
}

const HISTORY = 20;
const RISKS: readonly (Risk | 'none')[] = ['none', 'safe', 'backfill', 'destructive'];

/**
 * Makes the migrator of a database, whose system tables must exist. Where organizations have schemas of
 * their own, it brings those there after the tables of the installation.
 */
export function createMigrator(options: MigratorOptions): Migrator {
  const { driver } = options;
  const locked: Locked = (work) =>
    driver.exclusive === undefined ? work() : driver.exclusive(MIGRATION_LOCK, work);
  const shared = workshopOf(options, driver.tenant?.(null) ?? driver);
  if (driver.tenant === undefined) return createPlainMigrator(shared, locked);
  return createTenantMigrator({ options, shared, tenant: driver.tenant, locked });
}

/** Runs work while nobody else migrates. */
export type Locked = <T>(work: () => Promise<T>) => Promise<T>;

/** What migrations of one place are done with. */
export function workshopOf(
  { logger, node }: MigratorOptions,
  driver: Driver,
  organization?: string,
): Workshop {
  return { driver, journal: openJournal(driver), logger, node, organization };
}

function createPlainMigrator(workshop: Workshop, locked: Locked): Migrator {
  return {
    async plan(target, { allowDestructive = false } = {}) {
      return (await look(target, workshop, allowDestructive)).report;
    },
    apply: (target, options = {}) =>
      locked(() => migrate(target, workshop, { ...options, allowed: 'destructive' })),
    status: (target) => statusOf(target, workshop),
    overview: () => overviewOf(workshop),
    undo: (options = {}) => locked(() => undoLast(workshop, options)),
    forget: () => locked(() => forgetKept(workshop)),
    async atStart(target, allowed, tell) {
      if (await isCurrent(target, workshop)) return 0;
      const work = () => locked(() => migrate(target, workshop, { allowed }));
      const look = async () => (await overviewOf(workshop, 0)).running;
      return (await watched(work, look, tell)).done.length;
    },
  };
}

/** True where nothing is left to do and nobody changed the tables meanwhile. */
export async function isCurrent(
  target: MigrationTarget,
  { driver, journal }: Workshop,
): Promise<boolean> {
  const [last, database, running] = await Promise.all([
    journal.lastVersion(),
    driver.introspect(),
    journal.running(),
  ]);
  return (
    last?.version === target.version &&
    last.shape === shapeOf(database, target.objects) &&
    running === undefined
  );
}

/** What the journal of one place says, with so many of the last ones. */
export async function overviewOf(
  { journal, organization }: Workshop,
  limit = HISTORY,
): Promise<MigrationOverview> {
  const [running, history] = await Promise.all([
    journal.running(),
    limit === 0 ? [] : journal.list(limit),
  ]);
  return {
    running: running === undefined ? [] : [runningMigration(running, organization)],
    history,
  };
}

/** Drops the tables that keep what migrations took away. @returns their names */
export async function forgetKept({ driver }: Workshop): Promise<string[]> {
  const kept = (await driver.introspect()).map(({ name }) => name).filter(isKept);
  await driver.applySchema(kept.map((table) => ({ kind: 'dropTable', table })));
  return kept;
}

/** Makes the plan anew, now that nobody else migrates, and carries it out. */
export async function migrate(
  target: MigrationTarget,
  workshop: Workshop,
  options: MigrateOptions & { readonly allowed: AutoMigrate | 'destructive' },
): Promise<MigrationOutcome> {
  const seen = await look(target, workshop, options.allowDestructive === true);
  const { report, recorded } = seen;
  refuseProblems(report);
  if (report.plan.steps.length === 0 && (await workshop.journal.running()) === undefined) {
    await acknowledge(target, seen, workshop);
    return { done: [], waiting: report.waiting.map((step) => step.description) };
  }
  if (RISKS.indexOf(report.risk) > RISKS.indexOf(options.allowed)) {
    throw createError('migration_required', { steps: describePlan(report.plan, report.counts) });
  }
  return carryOut({ kind: 'apply', ...target, recorded, report }, workshop, options);
}

/** How one place stands to the metadata. */
export async function statusOf(
  target: MigrationTarget,
  workshop: Workshop,
): Promise<MigrationStatus> {
  const { journal } = workshop;
  const { report, recorded, database } = await look(target, workshop, false);
  const wanted = new Set(target.objects.map(({ name }) => name));
  // The engine's own tables and those of plugins begin with `sys_`.
  const isKnown = (name: string) => name.startsWith('sys_') || wanted.has(name);
  const drift = recorded === undefined ? [] : findDrift(database, recorded, isKnown);
  const [running, history] = await Promise.all([journal.running(), journal.list(HISTORY)]);
  const kept = database.map(({ name }) => name).filter(isKept);
  return { report, drift, running, history, kept };
}
