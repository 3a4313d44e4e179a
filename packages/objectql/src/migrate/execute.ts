import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { Driver, SchemaChange } from '../driver/contract.js';
import { chunkWork, finishConversion } from './backfill.js';
import { inspectPlan } from './inspect.js';
import {
  recordOf,
  type CurrentStep,
  type Journal,
  type MigrationRecord,
  type StepRecord,
} from './journal.js';
import { ensureTable, keepChanged, keepChunk, keptName, keptValues } from './kept.js';
import { rowsOf, withPercent, type MigrationProgress } from './progress.js';
import type { MigrationPlan, MigrationStep, StepOf } from './steps.js';

/** How a plan is carried out. */
export interface ExecuteOptions {
  /** Milliseconds to leave the database to others between two chunks of rows. Default 0. */
  readonly pause?: number | undefined;
  readonly onProgress?: ((progress: MigrationProgress) => void) | undefined;
}

/** A migration that is being carried out. */
interface Execution {
  readonly driver: Driver;
  readonly journal: Journal;
  readonly id: string;
  readonly options: ExecuteOptions;
  readonly plan: MigrationPlan;
  readonly done: StepRecord[];
  /** Steps before the current one, of all; with those of interrupted attempts. */
  finished: number;
  steps: number;
}

/**
 * Carries out a plan, one journalled step after the other. A process that dies between or within
 * steps loses nothing: the plan made afterwards holds what is left, and this goes on with it.
 *
 * @returns the steps done, those of interrupted attempts included
 * @throws `migration_failed`, `migration_blocked`; the steps before stay done
 */
export async function executePlan(
  plan: MigrationPlan,
  record: MigrationRecord,
  { driver, journal }: { readonly driver: Driver; readonly journal: Journal },
  options: ExecuteOptions = {},
): Promise<readonly StepRecord[]> {
  const done = [...record.done];
  const { id } = record;
  const execution = { driver, journal, id, options, plan, done, finished: 0, steps: 0 };
  adoptInterrupted(execution, record);
  execution.finished = done.length;
  execution.steps = done.length + plan.steps.length;
  for (const group of groupsOf(plan.steps)) {
    await runGroup(execution, group, record);
    execution.finished += group.length;
  }
  return done;
}

/** A step that was begun and is not planned any more did its work before the process died. */
function adoptInterrupted({ done, plan }: Execution, { current }: MigrationRecord): void {
  const planned = new Set(plan.steps.map((step) => step.key));
  for (const step of current?.steps ?? []) if (!planned.has(step.key)) done.push(step);
}

const TOGETHER: ReadonlySet<MigrationStep['kind']> = new Set([
  ...(['renameTable', 'renameColumn', 'dropIndex', 'createTable'] as const),
  ...(['addColumn', 'createIndex'] as const),
]);

/** Changes of the schema that follow each other are one transaction; other steps stand alone. */
function groupsOf(steps: readonly MigrationStep[]): MigrationStep[][] {
  const groups: MigrationStep[][] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    const joins = isPlainChange(step) && last?.every(isPlainChange) === true;
    if (last !== undefined && joins && last[0]?.phase === step.phase) last.push(step);
    else groups.push([step]);
  }
  return groups;
}

function isPlainChange(step: MigrationStep): boolean {
  return TOGETHER.has(step.kind) || (step.kind === 'dropColumn' && step.risk === 'safe');
}

async function runGroup(
  execution: Execution,
  group: readonly MigrationStep[],
  record: MigrationRecord,
): Promise<void> {
  const [first] = group;
  if (first === undefined) return;
  const { journal, id, done } = execution;
  if (first.phase === 'verify') return verify(execution, first);
  const records = group.map((step) => withKept(execution, step));
  const begun = record.current?.steps.some(({ key }) => key === first.key);
  // An interrupted attempt at the same step says how far it came.
  const { cursor, rows } = (begun === true ? record.current : undefined) ?? {};
  await journal.change(id, {
    current: position(execution, { steps: records, cursor, rows }),
    done,
  });
  report(execution, first);
  await asFailure(first, () => runSteps(execution, group, { cursor, rows }));
  done.push(...records);
  await journal.change(id, { current: null, done });
}

function withKept({ id }: Execution, step: MigrationStep): StepRecord {
  const record = recordOf(step);
  const what = keptKey(step);
  return what === undefined ? record : { ...record, kept: keptName(id, what) };
}

/** What names the table that keeps what a step takes away; undefined when it takes nothing. */
function keptKey(step: MigrationStep): string | undefined {
  if (step.risk !== 'destructive') return undefined;
  if (step.kind === 'dropTable') return step.table.name;
  if (step.kind === 'dropColumn') return `${step.rows.object}.${step.column.name}`;
  return 'field' in step && 'rows' in step ? `${step.rows.object}.${step.field.name}` : undefined;
}

async function runSteps(
  execution: Execution,
  group: readonly MigrationStep[],
  begun: Pick<CurrentStep, 'cursor' | 'rows'>,
): Promise<void> {
  const [first] = group as [MigrationStep];
  const { driver, id } = execution;
  const kept = keptName(id, keptKey(first) ?? '');
  switch (first.kind) {
    case 'swap':
      return driver.applySchema(swapChanges(first), (session) =>
        finishConversion(session, first, kept),
      );
    case 'dropTable':
      return driver.applySchema([
        ...first.table.indexes.map(({ name: index, fullText }) => ({
          kind: 'dropIndex' as const,
          table: first.table.name,
          index,
          fullText,
        })),
        { kind: 'renameTable', from: first.table.name, to: kept },
      ]);
    case 'dropColumn':
      if (first.risk === 'destructive') return dropKept(execution, first, kept);
      return driver.applySchema(group.map(changeOf));
    default:
      if (isPlainChange(first)) return driver.applySchema(group.map(changeOf));
      return runChunks(execution, { step: first, kept, ...begun });
  }
}

function swapChanges({ rows, field, temporary }: StepOf<'swap'>): SchemaChange[] {
  const table = rows.object;
  return [
    { kind: 'dropColumn', table, column: field.name },
    { kind: 'renameColumn', table, from: temporary, to: field.name },
  ];
}

function changeOf(step: MigrationStep): SchemaChange {
  switch (step.kind) {
    case 'createTable':
      return { kind: 'createTable', table: step.table };
    case 'renameTable':
      return { kind: 'renameTable', from: step.from, to: step.to };
    case 'renameColumn':
      return { kind: 'renameColumn', table: step.table, from: step.from, to: step.to };
    case 'addColumn':
      return { kind: 'addColumn', table: step.table, column: step.column };
    case 'createIndex':
      return { kind: 'createIndex', table: step.table, index: step.index };
    case 'dropIndex':
      return {
        kind: 'dropIndex',
        table: step.table,
        index: step.index,
        fullText: step.fullText,
      };
    case 'dropColumn':
      return { kind: 'dropColumn', table: step.rows.object, column: step.column.name };
    default:
      throw createError('migration_failed', { step: step.key, reason: 'it is no schema change' });
  }
}

/** Drops a column whose values are kept aside first. */
async function dropKept(
  execution: Execution,
  step: StepOf<'dropColumn'>,
  name: string,
): Promise<void> {
  const { driver, journal, id, options } = execution;
  const kept = keptValues(name, step.column);
  const keeping = { source: step.rows.during, column: step.column.name, kept };
  await ensureTable(driver, kept);
  const steps = [withKept(execution, step)];
  const total = await rowsOf(driver.reader, step);
  let rows = 0;
  for (;;) {
    const count = await driver.transaction(async (session) => {
      const moved = await keepChunk(session, keeping);
      const current = position(execution, { steps, rows: rows + moved, total });
      await journal.change(id, { current }, session);
      return moved;
    });
    if (count === 0) break;
    rows += count;
    report(execution, step, { rows, total });
    await sleep(options.pause);
  }
  await driver.applySchema([changeOf(step)], (session) => keepChanged(session, keeping));
}

interface Chunks extends Pick<CurrentStep, 'cursor' | 'rows'> {
  readonly step: MigrationStep;
  readonly kept: string;
}

/** Goes through rows; the journal follows in the transaction of each chunk. */
async function runChunks(execution: Execution, chunks: Chunks): Promise<void> {
  const { driver, journal, id, options } = execution;
  const { step, kept } = chunks;
  const work = chunkWork(step, kept);
  if (work === undefined) return;
  if (step.kind === 'convert' && step.lossy) await ensureTable(driver, keptValues(kept, step.from));
  const steps = [withKept(execution, step)];
  let { cursor, rows = 0 } = chunks;
  const left = await rowsOf(driver.reader, step);
  // What is filled is not counted again.
  const total = left !== undefined && step.kind === 'fill' ? left + rows : left;
  do {
    const result = await driver.transaction(async (session) => {
      const chunk = await work(session, cursor);
      const now = { steps, cursor: chunk.next, rows: rows + chunk.rows, total };
      const current = position(execution, now);
      await journal.change(id, { current }, session);
      return chunk;
    });
    rows += result.rows;
    cursor = result.next;
    report(execution, step, { rows, total });
    if (cursor !== undefined) await sleep(options.pause);
  } while (cursor !== undefined);
}

/** Looks at the values once more, as they are now. */
async function verify({ driver, plan }: Execution, step: MigrationStep): Promise<void> {
  if (!('rows' in step)) return;
  const rows = { ...step.rows, before: step.rows.during };
  const now = { ...plan, steps: [{ ...step, rows } as MigrationStep] };
  const { problems } = await inspectPlan(now, driver.reader);
  const [first] = problems;
  if (first === undefined) return;
  throw createError('migration_blocked', { problems: problems.map(({ message }) => message) });
}

/** Errors of the catalogue stay what they are when they say enough; others name their step. */
async function asFailure(step: MigrationStep, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isObjectOSError(error) && error.code !== 'storage_failed') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw createError('migration_failed', { step: step.description, reason }, { cause: error });
  }
}

/** What the journal says of the step in progress. */
function position({ finished, steps: of }: Execution, current: CurrentStep): CurrentStep {
  return { ...current, finished, of, at: new Date().toISOString() };
}

function report(
  { options, finished, steps }: Execution,
  { description }: MigrationStep,
  counted: Pick<MigrationProgress, 'rows' | 'total'> = {},
): void {
  const place = withPercent({ done: finished, steps, ...counted });
  options.onProgress?.({ step: description, ...place });
}

function sleep(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
