import type { RecordData, WriteOptions } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import { referenceScope } from './insert.js';
import { mergeValues, readBase, recordAtBase } from './merge.js';
import { checkOwners, mayNameOwner } from './ownership.js';
import { whereId } from './query-plan.js';
import { checkReferences } from './references.js';
import { checkWrittenRows } from './row-check.js';
import { hasRules } from './rules/index.js';
import { projectForLog, updateStamp } from './stored.js';
import { wait, type Steps } from './steps.js';
import { invalid, missingRequired, readHookChanges, readInput, sameValue } from './write-plan.js';
import { hookScope, recordChanges, validateRules, type WriteScope } from './write-scope.js';

/** A change of one record. */
export interface UpdateRequest {
  readonly id: string;
  readonly data: RecordData;
  readonly options: WriteOptions;
}

/**
 * Changes one record. Nothing is written, and the revision stays, when no value differs.
 *
 * @returns the stored row
 * @throws `record_not_found`, `concurrent_modification`, and what the input checks throw
 */
export function* updateRecord(
  scope: WriteScope,
  admission: Admission,
  { id, data, options }: UpdateRequest,
): Steps<Row> {
  const { meta } = admission;
  const previous = yield* loadForWrite(scope, admission, id);
  checkRevision(meta, previous, options.ifRevision);
  const values = yield* readChange(scope, admission, previous, { data, options });
  const wanted = yield* beforeUpdate(scope, meta, { previous, values });
  const changes = differing(previous, wanted);
  const changed = Object.keys(changes);
  if (changed.length === 0) return previous;
  const record: Row = { ...previous, ...changes };
  yield* validate(scope, meta, { id, record, previous });
  yield* checkReferences(referenceScope(scope), meta, [changes]);
  if ('owner_id' in changes) yield* checkOwners(scope, meta, [changes]);
  const row = yield* store(scope, meta, { id, previous, changes, changed });
  yield* checkWrittenRows(scope, admission, 'update', [id]);
  return row;
}

/** Reads the whole stored record that a write is about, as far as the principal may touch it. */
export function* loadForWrite(
  scope: WriteScope,
  admission: Admission,
  id: string,
  deleted: 'exclude' | 'only' = 'exclude',
): Steps<Row> {
  const { meta } = admission;
  const [row] = yield* wait(
    scope.transaction.session.find({
      table: meta.table,
      columns: meta.table.columns.map((column) => column.name),
      where: whereId(admission, id, deleted),
      limit: 1,
    }),
  );
  if (row === undefined) throw createError('record_not_found', { object: meta.name, id });
  return row;
}

/** @throws `concurrent_modification` when the record is not at the revision the client has. */
export function checkRevision(
  meta: ObjectMeta,
  row: Row,
  expected: WriteOptions['ifRevision'],
): void {
  const actual = row['revision'] as number;
  if (expected === undefined || expected === actual) return;
  if (typeof expected !== 'number' && expected.includes(actual)) return;
  const id = row['id'] as string;
  throw createError('concurrent_modification', { object: meta.name, id, expected, actual });
}

/** Sets columns of one row that is at the revision it was read at. */
export function* setRow(scope: WriteScope, meta: ObjectMeta, previous: Row, set: Row): Steps<void> {
  const id = previous['id'] as string;
  const expected = previous['revision'] as number;
  const where: RowFilter = {
    op: 'and',
    args: [
      { op: 'eq', field: 'id', value: id },
      { op: 'eq', field: 'revision', value: expected },
    ],
  };
  const count = yield* wait(scope.transaction.session.update({ table: meta.table, set, where }));
  if (count === 1) return;
  throw createError('concurrent_modification', {
    object: meta.name,
    id,
    expected,
    actual: expected + 1,
  });
}

/** Checks the input; on an older base, what is left of it after merging. */
function* readChange(
  scope: WriteScope,
  admission: Admission,
  previous: Row,
  { data, options }: Pick<UpdateRequest, 'data' | 'options'>,
): Steps<RecordData> {
  const { meta } = admission;
  const { mergeFrom, wholeRecord = false } = options;
  const acceptOwner = yield* mayNameOwner(scope, meta, data, previous);
  if (mergeFrom === undefined || mergeFrom === previous['revision']) {
    const unchangedFrom = wholeRecord ? previous : undefined;
    return readInput(admission, data, { unchangedFrom, acceptOwner });
  }
  const base = yield* readBase(scope, meta, previous, mergeFrom);
  const unchangedFrom = wholeRecord ? recordAtBase(meta, previous, base, data) : undefined;
  const input = readInput(admission, data, { unchangedFrom, acceptOwner });
  return mergeValues(meta, previous, base, input);
}

function* beforeUpdate(
  scope: WriteScope,
  meta: ObjectMeta,
  { previous, values }: { previous: Row; values: RecordData },
): Steps<RecordData> {
  if (!scope.parts.hooks.has('beforeUpdate', meta.name)) return values;
  const before = differing(previous, values);
  const data = { ...before };
  yield* scope.parts.hooks.run('beforeUpdate', {
    object: meta.name,
    id: previous['id'] as string,
    data,
    previous,
    ctx: hookScope(scope, meta.name, 'update'),
  });
  return readHookChanges(meta, before, data);
}

function* validate(
  scope: WriteScope,
  meta: ObjectMeta,
  state: { id: string; record: Row; previous: Row },
): Steps<void> {
  const problems = missingRequired(meta, state.record);
  if (hasRules(meta, 'update'))
    problems.push(...(yield* validateRules(scope, meta, 'update', state)));
  if (problems.length > 0) throw invalid(meta, problems);
}

function* store(
  scope: WriteScope,
  meta: ObjectMeta,
  change: { id: string; previous: Row; changes: RecordData; changed: string[] },
): Steps<Row> {
  const { id, previous, changes, changed } = change;
  const revision = (previous['revision'] as number) + 1;
  const set: Row = { ...changes, ...updateStamp(revision, scope.at, scope.ctx) };
  yield* setRow(scope, meta, previous, set);
  yield* recordChanges(scope, [
    {
      object: meta.name,
      id,
      operation: 'update',
      revision,
      changed,
      before: projectForLog(meta, previous, changed),
      after: projectForLog(meta, changes, changed),
      tenantId: (previous['organization_id'] ?? null) as string | null,
      at: scope.at,
    },
  ]);
  const record: Row = { ...previous, ...set };
  if (scope.parts.hooks.has('afterUpdate', meta.name)) {
    const ctx = hookScope(scope, meta.name, 'update');
    yield* scope.parts.hooks.run('afterUpdate', {
      object: meta.name,
      id,
      record,
      previous,
      changed,
      ctx,
    });
  }
  return record;
}

function differing(previous: Row, values: RecordData): RecordData {
  const changes: RecordData = {};
  for (const [name, value] of Object.entries(values)) {
    if (name !== 'id' && !sameValue(previous[name] ?? null, value)) changes[name] = value;
  }
  return changes;
}
