import type { Logger } from '@objectos/spec/contracts';
import type { Driver } from '../driver/contract.js';
import { executePlan, type ExecuteOptions } from './execute.js';
import { migrationId, type Journal, type MigrationRecord } from './journal.js';
import { shapeOf, type MigrationTarget, type RecordedSchema, type TargetObject } from './model.js';
import { remember } from './remember.js';
import type { PlanReport, Seen } from './report.js';
import { riskOf } from './steps.js';

/** What migrations are done with. */
export interface Workshop {
  readonly driver: Driver;
  readonly journal: Journal;
  readonly logger?: Logger | undefined;
  /** Names this process in the journal. */
  readonly node?: string | undefined;
  /** Whose schema it is; absent: that of the installation. */
  readonly organization?: string | undefined;
}

/** A migration to be done. */
export interface Work {
  readonly kind: 'apply' | 'undo';
  readonly version: string;
  readonly objects: readonly TargetObject[];
  readonly recorded: RecordedSchema | undefined;
  readonly report: PlanReport;
  /** What renames to remember instead of those done. */
  readonly renames?: RecordedSchema['renames'] | undefined;
}

/** What a migration did. */
export interface MigrationOutcome {
  /** Absent when there was nothing to do. */
  readonly id?: string | undefined;
  /** What was done, in words. */
  readonly done: readonly string[];
  /** What was left because it needs consent, in words. */
  readonly waiting: readonly string[];
  /** Where the whole database was copied to before something was lost. */
  readonly backup?: string | undefined;
  /** What was done in the schemas of organizations, where there are any. */
  readonly tenants?: readonly TenantOutcome[] | undefined;
}

/** What a migration did in the schema of an organization. */
export interface TenantOutcome {
  readonly organization: string;
  readonly done: readonly string[];
}

/** Does a migration, from the entry in the journal to the memory of its outcome. */
export async function carryOut(
  work: Work,
  workshop: Workshop,
  options: ExecuteOptions,
): Promise<MigrationOutcome> {
  const { report, recorded, objects, renames } = work;
  const { driver, journal, logger, organization } = workshop;
  const backup = await backUp(work, driver);
  const record = await begin(work, workshop);
  let done;
  try {
    done = await executePlan(report.plan, record, workshop, options);
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    await journal.change(record.id, { failure }).catch(() => undefined);
    throw error;
  }
  const database = await driver.introspect();
  const after = remember(objects, database, recorded, done);
  await journal.change(record.id, {
    state: 'done',
    done,
    current: null,
    after: renames === undefined ? after : { ...after, renames },
    shape: shapeOf(database, objects),
    finished_at: new Date().toISOString(),
    failure: null,
  });
  logger?.info(
    { migration: record.id, steps: done.length, organization },
    'the database was migrated',
  );
  const waiting = report.waiting.map((step) => step.description);
  return { id: record.id, done: done.map((step) => step.description), waiting, backup };
}

/** Remembers metadata that asks for no change of the database. */
export async function acknowledge(
  target: MigrationTarget,
  { last, recorded, database }: Seen,
  workshop: Workshop,
): Promise<void> {
  const { version, objects } = target;
  const after = remember(objects, database, recorded);
  const facts = { version, after, shape: shapeOf(database, objects) };
  if (last !== undefined) return workshop.journal.change(last.id, facts);
  const record = await begin({ kind: 'apply', version, recorded }, workshop);
  const finished_at = new Date().toISOString();
  await workshop.journal.change(record.id, { ...facts, state: 'done', finished_at });
}

/** The journal's entry: the one of an interrupted attempt, else a new one. */
async function begin(
  { kind, version, recorded }: Pick<Work, 'kind' | 'version' | 'recorded'>,
  { journal, node }: Workshop,
): Promise<MigrationRecord> {
  const running = await journal.running();
  if (running !== undefined) {
    await journal.change(running.id, { version, kind, failure: null, node: node ?? null });
    return { ...running, version, kind };
  }
  const record: MigrationRecord = {
    id: migrationId(),
    kind,
    state: 'running',
    version,
    shape: null,
    before: recorded ?? null,
    after: null,
    done: [],
    current: null,
    started_at: new Date().toISOString(),
    finished_at: null,
    node: node ?? null,
    failure: null,
  };
  await journal.begin(record);
  return record;
}

/** Before something is lost, the whole database is copied where the driver can do that. */
async function backUp({ report, kind }: Work, driver: Driver): Promise<string | undefined> {
  if (riskOf(report.plan.steps) !== 'destructive' || driver.backup === undefined) return undefined;
  return driver.backup(`before_${kind}_${migrationId()}`);
}
