import type { RowFilter } from '../driver/row-filter.js';
import { createError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import { updateEach } from '../driver/update-each.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import { wait, type Steps } from './steps.js';
import type { WriteScope } from './write-scope.js';

/** Rows of one statement: as many as fit into a list of ids without a text of its own length each. */
export const ROWS_PER_STATEMENT = 200;

/** A row as it was read, and the columns to set on it. */
export interface RowChange {
  readonly previous: Row;
  readonly set: Row;
}

/**
 * Sets columns of rows that are at the revision they were read at. Rows that get the same values
 * share a statement, and so do those that get values of their own in the same columns.
 *
 * @throws `concurrent_modification` when one of them was changed meanwhile
 */
export function* setRows(
  { transaction }: WriteScope,
  meta: ObjectMeta,
  changes: readonly RowChange[],
): Steps<void> {
  const groups = [...groupsOf(changes)];
  const common = groups.filter(({ rows }) => rows.length > 1 || groups.length === 1);
  const own = groups.filter((group) => !common.includes(group));
  for (const rows of byColumns(own)) {
    const statement = { table: meta.table, rows };
    const count = yield* wait(updateEach(transaction.session, statement));
    if (count < rows.length) throw changedMeanwhile(meta, [rows[0]?.match ?? {}]);
  }
  for (const { rows, set } of common) {
    const where = atRevision(rows);
    const count = yield* wait(transaction.session.update({ table: meta.table, set, where }));
    if (count < rows.length) throw changedMeanwhile(meta, rows);
  }
}

/**
 * Removes rows that are at the revision they were read at: of several that delete one at the same
 * time, one succeeds.
 *
 * @throws `concurrent_modification`
 */
export function* removeRows(
  { transaction }: WriteScope,
  meta: ObjectMeta,
  rows: readonly Row[],
): Steps<void> {
  for (const group of groupsOf(rows.map((previous) => ({ previous, set: {} })))) {
    const where = atRevision(group.rows);
    const count = yield* wait(transaction.session.delete({ table: meta.table, where }));
    if (count < group.rows.length) throw changedMeanwhile(meta, group.rows);
  }
}

/** Changes of one row each, as far as they set the same columns. */
function* byColumns(
  groups: readonly Group[],
): Iterable<{ readonly match: Row; readonly set: Row }[]> {
  const lists = new Map<string, { match: Row; set: Row }[]>();
  for (const { rows, set } of groups) {
    const { id, revision } = rows[0] ?? {};
    const key = Object.keys(set).sort().join();
    const list = lists.get(key) ?? [];
    lists.set(key, list);
    list.push({ match: { id, revision }, set });
  }
  for (const list of lists.values()) yield* chunksOf(list);
}

interface Group {
  readonly rows: Row[];
  readonly set: Row;
}

function groupsOf(changes: readonly RowChange[]): Iterable<Group> {
  const [only] = changes;
  if (changes.length === 1 && only !== undefined) return [{ rows: [only.previous], set: only.set }];
  const open = new Map<string, Group>();
  const groups: Group[] = [];
  for (const { previous, set } of changes) {
    const key = `${String(previous['revision'])} ${JSON.stringify(set)}`;
    let group = open.get(key);
    if (group === undefined || group.rows.length >= ROWS_PER_STATEMENT) {
      group = { rows: [], set };
      open.set(key, group);
      groups.push(group);
    }
    group.rows.push(previous);
  }
  return groups;
}

function atRevision(rows: readonly Row[]): RowFilter {
  const ids = rows.map((row) => row['id'] as string);
  const [first = ''] = ids;
  return {
    op: 'and',
    args: [
      rows.length === 1
        ? { op: 'eq', field: 'id', value: first }
        : { op: 'in', field: 'id', value: ids },
      { op: 'eq', field: 'revision', value: (rows[0]?.['revision'] ?? 0) as number },
    ],
  };
}

/** Which of several it was is not known; the rows are tried one by one afterwards. */
function changedMeanwhile(meta: ObjectMeta, rows: readonly Row[]): Error {
  const expected = rows[0]?.['revision'] as number;
  return createError('concurrent_modification', {
    object: meta.name,
    id: rows[0]?.['id'] as string,
    expected,
    actual: expected + 1,
  });
}

/** Splits a list into parts of one statement each. */
export function chunksOf<T>(list: readonly T[], size: number = ROWS_PER_STATEMENT): T[][] {
  const chunks: T[][] = [];
  for (let start = 0; start < list.length; start += size) {
    chunks.push(list.slice(start, start + size));
  }
  return chunks;
}
