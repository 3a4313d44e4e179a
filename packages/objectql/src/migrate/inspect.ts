import { isObjectOSError } from '@objectos/spec/errors';
import type { DriverSession, Row } from '../driver/contract.js';
import type { ValueCheck } from '../values/outcome.js';
import { countDuplicates } from './duplicates.js';
import { createFiller, type Filler } from './fill.js';
import { notes } from './notes.js';
import { columnOf, isEmpty, readAll } from './rows.js';
import type { MigrationPlan, MigrationStep, PlanNote, RowSource, StepOf } from './steps.js';

/** What the values say about a plan. */
export interface Inspection {
  /** Why the values do not allow it. */
  readonly problems: readonly PlanNote[];
  /** How many values or records each step touches, by its key. */
  readonly counts: ReadonlyMap<string, number>;
  /** Fields (`object.field`) with values that do not convert. */
  readonly lossy: ReadonlySet<string>;
}

/** How many offenders a problem names. */
const SAMPLES = 5;

interface Inspector {
  readonly session: DriverSession;
  readonly steps: readonly MigrationStep[];
  readonly problems: PlanNote[];
  readonly counts: Map<string, number>;
  readonly lossy: Set<string>;
}

/**
 * Looks at the values that a plan touches, as they are before its first step: what would not
 * convert, what is missing, what occurs twice. Reads only; a plan without such steps costs nothing.
 */
export async function inspectPlan(
  { steps }: MigrationPlan,
  session: DriverSession,
): Promise<Inspection> {
  const inspector: Inspector = {
    session,
    steps,
    problems: [],
    counts: new Map(),
    lossy: new Set(),
  };
  for (const step of steps) {
    const count = await inspectStep(inspector, step);
    if (count !== undefined) inspector.counts.set(step.key, count);
  }
  return inspector;
}

async function inspectStep(inspector: Inspector, step: MigrationStep): Promise<number | undefined> {
  switch (step.kind) {
    case 'convert':
      return inspectConversion(inspector, step);
    case 'checkValues':
      return inspectValues(inspector, step);
    case 'fill':
      return inspectFill(inspector, step);
    case 'checkRequired':
      return inspectRequired(inspector, step);
    case 'checkUnique':
      return inspectUnique(inspector, step);
    case 'dropTable':
      return inspector.session.count({ table: step.table });
    case 'dropColumn':
      return countValues(inspector.session, step);
    default:
      return undefined;
  }
}

async function inspectConversion(inspector: Inspector, step: StepOf<'convert'>): Promise<number> {
  const { rows, field, convert, lossy } = step;
  const name = `${rows.object}.${field.name}`;
  const found = await offenders(inspector, { source: rows.before, column: field.name, convert });
  if (found.count > 0) {
    inspector.lossy.add(name);
    if (!lossy) inspector.problems.push(notes.notConvertible(name, found.count, found.samples));
  }
  return found.total;
}

async function inspectValues(inspector: Inspector, step: StepOf<'checkValues'>): Promise<number> {
  const { rows, field } = step;
  const convert = field.check;
  if (convert === undefined) return 0;
  const found = await offenders(inspector, { source: rows.before, column: field.name, convert });
  if (found.count > 0) {
    const name = `${rows.object}.${field.name}`;
    inspector.problems.push(notes.notAllowed(name, found.count, found.samples));
  }
  return found.total;
}

interface Search {
  readonly source: RowSource | undefined;
  readonly column: string;
  readonly convert: ValueCheck;
}

/** The values that a check refuses. */
async function offenders({ session }: Inspector, { source, column, convert }: Search) {
  const samples: string[] = [];
  let count = 0;
  let total = 0;
  const physical = source && columnOf(source, column);
  if (source === undefined || physical === undefined) return { samples, count, total };
  const where = { op: 'isNull', field: physical, value: false } as const;
  for await (const rows of readAll(session, { source, fields: [column], where })) {
    for (const row of rows) {
      total += 1;
      const outcome = convert(row[column]);
      if (outcome.ok) continue;
      count += 1;
      if (samples.length < SAMPLES) samples.push(sample(row, column, outcome.message));
    }
  }
  return { samples, count, total };
}

function sample(row: Row, column: string, message: string): string {
  const text = JSON.stringify(row[column]);
  const value = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return `record ${String(row['id'])} has ${value} (${message})`;
}

async function inspectFill(inspector: Inspector, step: StepOf<'fill'>): Promise<number> {
  const { rows, field } = step;
  const name = `${rows.object}.${field.name}`;
  if (rows.before === undefined) return 0;
  const filler = compileFiller(inspector, step);
  if (filler === undefined) return 0;
  const fields = [...filler.fields, field.name];
  let count = 0;
  for await (const chunk of readAll(inspector.session, { source: rows.before, fields })) {
    for (const row of chunk) {
      if (!isEmpty(row[field.name])) continue;
      count += 1;
      const reason = reasonOf(filler, row);
      if (reason === undefined) continue;
      inspector.problems.push(
        notes.backfillInvalid(name, `record ${String(row['id'])}: ${reason}`),
      );
      return count;
    }
  }
  return count;
}

function compileFiller({ problems }: Inspector, step: StepOf<'fill'>): Filler | undefined {
  const { rows, field } = step;
  try {
    return rows.before === undefined ? undefined : createFiller(step, rows.before);
  } catch (error) {
    if (!isObjectOSError(error)) throw error;
    problems.push(notes.backfillInvalid(`${rows.object}.${field.name}`, error.message));
    return undefined;
  }
}

function reasonOf(filler: Filler, row: Row): string | undefined {
  try {
    const outcome = filler.valueFor(row);
    return outcome.ok ? undefined : outcome.message;
  } catch (error) {
    if (!isObjectOSError(error)) throw error;
    return error.message;
  }
}

/** Records that will have no value after the fill, as far as that can be told beforehand. */
async function inspectRequired(
  inspector: Inspector,
  { rows, field }: StepOf<'checkRequired'>,
): Promise<number> {
  if (rows.before === undefined) return 0;
  const fill = inspector.steps.find(
    (step): step is StepOf<'fill'> => step.kind === 'fill' && step.field === field,
  );
  // A fill that does not work has its own problem already.
  const filler = fill && compileFiller({ ...inspector, problems: [] }, fill);
  if (fill !== undefined && filler === undefined) return 0;
  const samples: string[] = [];
  let count = 0;
  const fields = [...(filler?.fields ?? []), field.name];
  for await (const chunk of readAll(inspector.session, { source: rows.before, fields })) {
    for (const row of chunk) {
      if (!isEmpty(row[field.name]) || (filler !== undefined && fills(filler, row))) continue;
      count += 1;
      if (samples.length < SAMPLES) samples.push(`record ${String(row['id'])}`);
    }
  }
  if (count > 0) {
    inspector.problems.push(notes.missing(`${rows.object}.${field.name}`, count, samples));
  }
  return count;
}

function fills(filler: Filler, row: Row): boolean {
  try {
    const outcome = filler.valueFor(row);
    return !outcome.ok || !isEmpty(outcome.value);
  } catch (error) {
    if (!isObjectOSError(error)) throw error;
    return true;
  }
}

async function inspectUnique(inspector: Inspector, step: StepOf<'checkUnique'>): Promise<number> {
  const { rows, index } = step;
  if (rows.before === undefined) return 0;
  const found = await countDuplicates(inspector.session, rows.before, index, SAMPLES);
  if (found.count > 0) {
    const fields = index.columns.map((column) => `"${rows.object}.${column}"`).join(' with ');
    inspector.problems.push(notes.duplicates(fields, found.count, found.samples));
  }
  return found.count;
}

async function countValues(session: DriverSession, step: StepOf<'dropColumn'>): Promise<number> {
  const { before } = step.rows;
  const column = before && columnOf(before, step.column.name);
  if (before === undefined || column === undefined) return 0;
  const where = { op: 'isNull', field: column, value: false } as const;
  return session.count({ table: before.table, where });
}
