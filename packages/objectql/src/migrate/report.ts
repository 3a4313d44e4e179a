import { createError } from '@objectos/spec/errors';
import type { Driver, TableSchema } from '../driver/contract.js';
import { inspectPlan, type Inspection } from './inspect.js';
import type { Journal, MigrationRecord } from './journal.js';
import type { MigrationTarget, RecordedSchema } from './model.js';
import { planMigration } from './plan.js';
import {
  destructiveSteps,
  riskOf,
  type MigrationPlan,
  type MigrationStep,
  type Risk,
} from './steps.js';

/** A plan with what the values say about it. */
export interface PlanReport {
  /** The steps that can be done without further consent. */
  readonly plan: MigrationPlan;
  /** Values or records that steps touch, by the key of the step. */
  readonly counts: Inspection['counts'];
  /** What keeps it from being carried out: of the plan and of the values. */
  readonly problems: MigrationPlan['problems'];
  /** The greatest risk of the steps that need no consent. */
  readonly risk: Risk;
  /** Steps that lose something and wait for consent. */
  readonly waiting: MigrationPlan['steps'];
  /** Of the schemas of organizations that have steps or problems, where there are any. */
  readonly tenants?: readonly TenantReport[] | undefined;
}

/** The plan for the schema of an organization. */
export interface TenantReport {
  readonly organization: string;
  readonly report: PlanReport;
}

/** A report, and what it was made from. */
export interface Seen {
  readonly report: PlanReport;
  readonly last: MigrationRecord | undefined;
  readonly recorded: RecordedSchema | undefined;
  readonly database: readonly TableSchema[];
}

/** Where a plan is made: of which place, where organizations have schemas. */
export interface Looking {
  readonly driver: Driver;
  readonly journal: Journal;
  readonly organization?: string | undefined;
}

/** Makes the plan from a database to a target, and looks at the values it touches. */
export async function look(
  target: MigrationTarget,
  { driver, journal, organization }: Looking,
  allowDestructive: boolean,
): Promise<Seen> {
  const [database, last, running] = await Promise.all([
    driver.introspect(),
    journal.last(),
    journal.running(),
  ]);
  const recorded = last?.after ?? undefined;
  const { version, objects } = target;
  const make = (lossy?: ReadonlySet<string>) =>
    withoutShared(
      withoutCompleted(
        planMigration({ version, database, recorded, target: objects, lossy }),
        running?.version === version ? running : undefined,
      ),
      organization,
    );
  return { report: await reportOn(make, driver, allowDestructive), recorded, last, database };
}

/** Steps that leave no trace in the tables, so that a plan made anew cannot tell that they are done. */
const TRACELESS: ReadonlySet<MigrationStep['kind']> = new Set([
  ...(['fill', 'relabelObject', 'relabelFields', 'restore'] as const),
]);

/** What the change log and counters hold is one for all; it follows a rename once. */
function withoutShared(plan: MigrationPlan, organization: string | undefined): MigrationPlan {
  if (organization === undefined) return plan;
  const steps = plan.steps.filter(({ kind }) => !kind.startsWith('relabel'));
  return { ...plan, steps };
}

/** Leaves out what an interrupted attempt did. */
export function withoutCompleted(
  plan: MigrationPlan,
  running: MigrationRecord | undefined,
): MigrationPlan {
  const done = new Set(running?.done.map(({ key }) => key));
  const steps = plan.steps.filter(({ kind, key }) => !(TRACELESS.has(kind) && done.has(key)));
  return { ...plan, steps };
}

/** Looks at the values that a plan touches; with consent, what does not convert may be lost. */
export async function reportOn(
  make: (lossy?: ReadonlySet<string>) => MigrationPlan,
  { reader }: Driver,
  allowDestructive: boolean,
): Promise<PlanReport> {
  let plan = make();
  let seen = await inspectPlan(plan, reader);
  if (allowDestructive && seen.lossy.size > 0) {
    plan = make(seen.lossy);
    seen = await inspectPlan(plan, reader);
  }
  const waiting = allowDestructive ? [] : destructiveSteps(plan);
  const doing = { ...plan, steps: plan.steps.filter((step) => !waiting.includes(step)) };
  const problems = [...plan.problems, ...seen.problems];
  return { plan: doing, counts: seen.counts, problems, risk: riskOf(doing.steps), waiting };
}

/** @throws `migration_blocked` with every problem in `details.problems` */
export function refuseProblems({ problems }: PlanReport): void {
  if (problems.length === 0) return;
  const messages = problems.map(({ message }) => message);
  throw createError('migration_blocked', { problems: messages }, { details: { problems } });
}
