import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import { projectForLog } from './stored.js';
import { wait, type Steps } from './steps.js';
import { changeLogTable } from './system-tables.js';
import { sameValue } from '../values/same-value.js';
import type { WriteScope } from './write-scope.js';

/** A record as it was when the client read it: the values that changed since. */
export interface MergeBase {
  readonly revision: number;
  /** Values at that revision, of the fields that changed since. */
  readonly values: RecordData;
}

/**
 * Finds out what a record looked like at an older revision, from the change log.
 *
 * @throws `concurrent_modification` when the log does not reach back that far, or the record never
 * was at that revision: then nobody can say what the client's change was
 */
export function* readBase(
  scope: WriteScope,
  meta: ObjectMeta,
  current: Row,
  revision: number,
): Steps<MergeBase> {
  const actual = current['revision'] as number;
  const id = current['id'] as string;
  if (revision === actual) return { revision, values: {} };
  const entries =
    revision < actual
      ? yield* entriesSince(scope, {
          ...{ object: meta.name, id, revision },
          organization: (current['organization_id'] ?? null) as string | null,
        })
      : [];
  if (revision > actual || entries.length !== actual - revision) {
    throw createError('concurrent_modification', {
      object: meta.name,
      id,
      expected: revision,
      actual,
    });
  }
  const values: RecordData = {};
  for (const entry of entries) {
    const before = (entry['before'] ?? {}) as RecordData;
    for (const field of (entry['changed'] ?? []) as string[]) {
      if (!Object.hasOwn(values, field)) values[field] = before[field] ?? null;
    }
  }
  return { revision, values };
}

/**
 * The changes of a client that remain: a value that is still the one of the base is no change, and
 * what others changed since stays.
 *
 * @throws `merge_conflict` with `details.base`, `mine` and `theirs` of the fields that both changed
 */
export function mergeValues(
  meta: ObjectMeta,
  current: Row,
  base: MergeBase,
  values: RecordData,
): RecordData {
  const merged: RecordData = {};
  const conflicts: string[] = [];
  for (const [name, mine] of Object.entries(values)) {
    const theirs = current[name] ?? null;
    const before = Object.hasOwn(base.values, name) ? (base.values[name] ?? null) : theirs;
    if (sameValue(mine, before)) continue;
    if (!sameValue(theirs, before) && !sameValue(theirs, mine)) conflicts.push(name);
    merged[name] = mine;
  }
  if (conflicts.length > 0) throw conflict(meta, { current, base, values }, conflicts);
  return merged;
}

/**
 * What a whole record that a client read at the base may repeat without meaning a change: everything
 * as it was then. What the engine maintains is not kept for every revision, so it is taken as given.
 */
export function recordAtBase(
  meta: ObjectMeta,
  current: Row,
  base: MergeBase,
  data: RecordData,
): RecordData {
  const record: RecordData = { ...current, ...base.values };
  for (const [name, value] of Object.entries(data)) {
    const field = meta.fields.get(name);
    if (field?.system === true || field?.computed === true) record[name] = value;
  }
  return record;
}

interface Since {
  readonly object: string;
  readonly id: string;
  readonly revision: number;
  readonly organization: string | null;
}

function* entriesSince(
  scope: WriteScope,
  { object, id, revision, organization }: Since,
): Steps<Row[]> {
  return yield* wait(
    scope.transaction.session.find({
      table: changeLogTable,
      columns: ['revision', 'changed', 'before'],
      where: {
        op: 'and',
        args: [
          { op: 'eq', field: 'object', value: object },
          { op: 'eq', field: 'record_id', value: id },
          // Where organizations have tables of their own, two of them may have records of one id.
          { op: 'eq', field: 'organization_id', value: organization },
          { op: 'gt', field: 'revision', value: revision },
        ],
      },
      orderBy: [{ field: 'seq', direction: 'asc' }],
    }),
  );
}

function conflict(
  meta: ObjectMeta,
  sides: { current: Row; base: MergeBase; values: RecordData },
  fields: readonly string[],
): Error {
  const { current, base, values } = sides;
  const of = (record: RecordData) =>
    projectForLog(
      meta,
      Object.fromEntries(fields.map((name) => [name, record[name] ?? null])),
      fields,
    );
  return createError(
    'merge_conflict',
    { object: meta.name, id: current['id'] as string, fields },
    {
      details: {
        base: { revision: base.revision, values: of(base.values) },
        mine: { values: of(values) },
        theirs: { revision: current['revision'], values: of(current) },
      },
    },
  );
}
