import type { ColumnType, Driver, Row, RowFilter, TableSchema } from '@objectql/core/driver';
import { expect } from 'vitest';
import type { ErrorCode } from '@objectos/spec/errors';

const column = (name: string, type: ColumnType, nullable = true) => ({ name, type, nullable });

/** A table with a column of each type. */
export const thing: TableSchema = {
  name: 'thing',
  columns: [
    column('id', 'text', false),
    column('revision', 'integer', false),
    column('name', 'text'),
    column('code', 'text'),
    column('size', 'integer'),
    column('ratio', 'real'),
    column('price', 'decimal'),
    column('active', 'boolean'),
    column('born', 'date'),
    column('opens', 'time'),
    column('seen', 'datetime'),
    column('tags', 'json'),
    column('deleted_at', 'datetime'),
  ],
  indexes: [
    { name: 'thing_code', columns: ['code'], unique: true, liveOnly: true },
    { name: 'thing_name_size', columns: ['name', 'size'], unique: true },
    { name: 'thing_seen', columns: ['seen'], unique: false },
  ],
};

/** A table whose key the database numbers. */
export const journal: TableSchema = {
  name: 'journal',
  sequence: 'sequence',
  columns: [column('sequence', 'integer', false), column('note', 'text')],
  indexes: [],
};

/** Parts of things: what conditions on related rows are tried with. */
export const part: TableSchema = {
  name: 'part',
  columns: [
    column('id', 'text', false),
    column('thing', 'text'),
    column('name', 'text'),
    column('size', 'integer'),
  ],
  indexes: [{ name: 'part_thing', columns: ['thing'], unique: false }],
};

/** Every column of {@link thing}. */
export const allColumns = thing.columns.map(({ name }) => name);

/** A row of {@link thing} with nothing in it but what must be there. */
export function emptyThing(id: string): Row {
  return { ...Object.fromEntries(allColumns.map((name) => [name, null])), id, revision: 1 };
}

/** Inserts rows of {@link thing}; absent columns are empty, ids count from `1` where absent. */
export async function insertThings(driver: Driver, rows: readonly Row[]): Promise<void> {
  const complete = rows.map((row, index) => ({ ...emptyThing(String(index + 1)), ...row }));
  await driver.transaction((session) => session.insert(thing, complete));
}

/** The ids of the things that match, in their order. */
export async function idsOf(driver: Driver, where?: RowFilter): Promise<unknown[]> {
  const rows = await driver.reader.find({
    table: thing,
    columns: ['id'],
    where,
    orderBy: [{ field: 'id', direction: 'asc' }],
  });
  return rows.map((row) => row['id']);
}

/** Expects the work to be refused with a catalogue error. */
export async function expectRefused(work: () => unknown, code: ErrorCode): Promise<void> {
  await expect(Promise.resolve().then(work)).rejects.toMatchObject({ code });
}

/** The driver that the running case uses. */
export type CurrentDriver = () => Driver;
