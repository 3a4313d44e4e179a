import { createError } from '@objectos/spec/errors';
import type { DriverSession, Row } from '../driver/contract.js';
import { sameValue } from '../values/same-value.js';
import { createFiller } from './fill.js';
import { formerly } from './working.js';
import { keptValues } from './kept.js';
import { relabelFields, relabelObject } from './relabel.js';
import { CHUNK, columnOf, readAll, readChunk } from './rows.js';
import type { MigrationStep, StepOf } from './steps.js';

/** How far a step has come. */
export type Cursor = string | number | undefined;

/** What one chunk did: how many rows, and where the next one begins; absent when it was the last. */
export interface ChunkResult {
  readonly rows: number;
  readonly next: Cursor;
}

/** Does the next part of a step, in the transaction of `session`. */
export type ChunkWork = (session: DriverSession, cursor: Cursor) => Promise<ChunkResult>;

/** The work of a step that goes through rows; undefined for other steps. */
export function chunkWork(step: MigrationStep, kept: string): ChunkWork | undefined {
  switch (step.kind) {
    case 'convert':
      return (session, cursor) => convertChunk(session, step, cursor, kept);
    case 'fill':
      return fillWork(step);
    case 'relabelObject':
      return (session) => relabelObject(session, step);
    case 'relabelFields':
      return (session, cursor) => relabelFields(session, step, cursor);
    case 'restore':
      return (session, cursor) => restoreChunk(session, step, cursor);
    default:
      return undefined;
  }
}

async function convertChunk(
  session: DriverSession,
  step: StepOf<'convert'>,
  cursor: Cursor,
  kept: string,
): Promise<ChunkResult> {
  const { during } = step.rows;
  const former = formerly(step.field.name);
  const after = cursor as string | undefined;
  const rows = await readChunk(session, { source: during, fields: [former], after });
  for (const row of rows) await convertRow(session, step, row, kept);
  return { rows: rows.length, next: nextOf(rows) };
}

async function convertRow(
  session: DriverSession,
  step: StepOf<'convert' | 'swap'>,
  row: Row,
  kept: string,
): Promise<void> {
  const id = row['id'] as string;
  const value = row[formerly(step.field.name)];
  if (value === null || value === undefined) return;
  const outcome = step.convert(value);
  if (outcome.ok) return setColumn(session, step, id, outcome.value);
  if (!step.lossy) {
    const reason = `record ${id} has ${JSON.stringify(value)}: ${outcome.message}`;
    throw createError('migration_failed', { step: step.description, reason });
  }
  const table = keptValues(kept, step.from);
  await session.delete({ table, where: { op: 'eq', field: 'id', value: id } });
  await session.insert(table, [{ id, value }]);
  await setColumn(session, step, id, null);
}

async function setColumn(
  session: DriverSession,
  { rows, temporary }: StepOf<'convert' | 'swap'>,
  id: string,
  value: unknown,
): Promise<void> {
  const where = { op: 'eq', field: 'id', value: id } as const;
  await session.update({ table: rows.during.table, set: { [temporary]: value }, where });
}

/**
 * Converts once more what was written since the backfill saw it. Runs while nobody else can write,
 * right before the new column takes the place of the old one.
 */
export async function finishConversion(
  session: DriverSession,
  step: StepOf<'swap'>,
  kept: string,
): Promise<void> {
  const { during } = step.rows;
  const former = formerly(step.field.name);
  const fields = [former, step.field.name];
  for await (const rows of readAll(session, { source: during, fields })) {
    for (const row of rows) {
      const value = row[former];
      if (value === null && step.filled) continue;
      const outcome = value === null ? undefined : step.convert(value);
      const isRefused = outcome?.ok === false;
      const expected = outcome?.ok === true ? outcome.value : null;
      if (!isRefused && same(row[step.field.name], expected)) continue;
      if (value === null) await setColumn(session, step, row['id'] as string, null);
      else await convertRow(session, step, row, kept);
    }
  }
}

/** Decimals may come back as text or as a number. */
function same(stored: unknown, expected: unknown): boolean {
  if (sameValue(stored, expected)) return true;
  const isNumber = typeof stored === 'number' || typeof expected === 'number';
  return isNumber && stored !== null && Number(stored) === Number(expected);
}

function fillWork(step: StepOf<'fill'>): ChunkWork {
  const { field, rows, fill } = step;
  const source = rows.during;
  const filler = createFiller(step, source);
  const column = columnOf(source, field.name) ?? field.name;
  return async (session, cursor) => {
    const found = await readChunk(session, {
      source,
      fields: filler.fields,
      after: cursor as string | undefined,
      where: { op: 'isNull', field: column, value: true },
    });
    if (fill.kind === 'value' && found.length > 0) {
      const ids = found.map((row) => row['id'] as string);
      const where = { op: 'in', field: 'id', value: ids } as const;
      await session.update({ table: source.table, set: { [column]: fill.value }, where });
    }
    if (fill.kind === 'formula') {
      for (const row of found) {
        const outcome = filler.valueFor(row);
        if (!outcome.ok) {
          const reason = `record ${String(row['id'])}: ${outcome.message}`;
          throw createError('migration_failed', { step: step.description, reason });
        }
        const where = { op: 'eq', field: 'id', value: row['id'] as string } as const;
        await session.update({ table: source.table, set: { [column]: outcome.value }, where });
      }
    }
    return { rows: found.length, next: nextOf(found) };
  };
}

/** Puts back what an earlier migration kept, where the record has no other value meanwhile. */
async function restoreChunk(
  session: DriverSession,
  step: StepOf<'restore'>,
  cursor: Cursor,
): Promise<ChunkResult> {
  const { rows, kept } = step;
  const { during } = rows;
  const column = columnOf(during, step.column) ?? step.column;
  const schema = during.table.columns.find((one) => one.name === column);
  const table = keptValues(kept, schema ?? { name: 'value', type: 'text', nullable: true });
  const source = { table, names: new Map<string, string>() };
  const after = cursor as string | undefined;
  const found = await readChunk(session, { source, fields: ['value'], after });
  for (const row of found) {
    const same = { op: 'eq', field: 'id', value: row['id'] as string } as const;
    const empty = { op: 'isNull', field: column, value: true } as const;
    const where = { op: 'and', args: [same, empty] } as const;
    await session.update({ table: during.table, set: { [column]: row['value'] }, where });
  }
  return { rows: found.length, next: nextOf(found) };
}

function nextOf(rows: readonly Row[]): Cursor {
  return rows.length < CHUNK ? undefined : (rows.at(-1)?.['id'] as string);
}
