import { fieldOfKey } from '@objectos/spec/metadata';
import type { DriverSession, Row } from '../driver/contract.js';
import { changeLogTable, sequenceTable } from '../engine/system-tables.js';
import type { ChunkResult, Cursor } from './backfill.js';
import { CHUNK } from './rows.js';
import type { StepOf } from './steps.js';

/** Lets the next entries of the change log follow the rename of their object. */
export async function relabelObject(
  session: DriverSession,
  { from, to }: StepOf<'relabelObject'>,
): Promise<ChunkResult> {
  await moveCounters(session, `${from}.`, `${to}.`);
  const entries = await read(session, from, undefined);
  if (entries.length > 0) {
    const value = entries.map((entry) => entry['seq'] as number);
    const where = { op: 'in', field: 'seq', value } as const;
    await session.update({ table: changeLogTable, set: { object: to }, where });
  }
  return { rows: entries.length, next: entries.length < CHUNK ? undefined : 0 };
}

/** Lets the next entries of the change log of an object follow the renames of its fields. */
export async function relabelFields(
  session: DriverSession,
  { object, fields }: StepOf<'relabelFields'>,
  cursor: Cursor,
): Promise<ChunkResult> {
  if (cursor === undefined) {
    for (const { from, to } of fields) {
      await moveCounters(session, `${object}.${from} `, `${object}.${to} `);
    }
  }
  const entries = await read(session, object, Number(cursor ?? 0));
  for (const entry of entries) {
    const set = followed(entry, fields);
    if (set === undefined) continue;
    const where = { op: 'eq', field: 'seq', value: entry['seq'] as number } as const;
    await session.update({ table: changeLogTable, set, where });
  }
  const last = entries.at(-1)?.['seq'] as number | undefined;
  return { rows: entries.length, next: entries.length < CHUNK ? undefined : last };
}

/** Automatic numbers go on counting under the new name. */
async function moveCounters(session: DriverSession, from: string, to: string): Promise<void> {
  const where = { op: 'startsWith', field: 'id', value: from } as const;
  const counters = await session.find({ table: sequenceTable, columns: ['id', 'value'], where });
  for (const { id, value } of counters) {
    const moved = to + (id as string).slice(from.length);
    await session.delete({
      table: sequenceTable,
      where: { op: 'eq', field: 'id', value: id as string },
    });
    await session.insert(sequenceTable, [{ id: moved, value }]);
  }
}

function read(session: DriverSession, object: string, after: number | undefined) {
  const same = { op: 'eq', field: 'object', value: object } as const;
  return session.find({
    table: changeLogTable,
    columns: ['seq', 'changed', 'before', 'after'],
    where:
      after === undefined
        ? same
        : { op: 'and', args: [same, { op: 'gt', field: 'seq', value: after }] },
    orderBy: [{ field: 'seq', direction: 'asc' }],
    limit: CHUNK,
  });
}

function followed(entry: Row, fields: StepOf<'relabelFields'>['fields']): Row | undefined {
  const names = new Map(fields.map(({ from, to }) => [from, to]));
  // A translation (`name:de`) goes with its field.
  const rename = (name: string) => {
    const field = fieldOfKey(name);
    const to = names.get(field);
    return to === undefined ? name : to + name.slice(field.length);
  };
  const set: Row = {};
  const { changed, before, after } = entry;
  if (Array.isArray(changed)) set['changed'] = (changed as string[]).map(rename);
  for (const [column, values] of [
    ['before', before],
    ['after', after],
  ] as const) {
    if (typeof values !== 'object' || values === null) continue;
    set[column] = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [rename(name), value]),
    );
  }
  const isSame = Object.entries(set).every(
    ([column, value]) => JSON.stringify(value) === JSON.stringify(entry[column]),
  );
  return isSame ? undefined : set;
}
