import type { RecordData, WriteOptions } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import type { RecordChange } from './change-log.js';
import { sealChanges } from './encryption/encrypted-fields.js';
import { referenceScope } from './insert.js';
import { checkHierarchy, passOnOwners, refuseFixedMasters, withNewOwners } from './masters.js';
import { mergeValues, readBase, recordAtBase } from './merge.js';
import { checkOwners, mayNameOwner } from './ownership.js';
import { checkReferences, emptyPairs, withPairs } from './references.js';
import { checkWrittenRows } from './row-check.js';
import { hasRules } from './rules/index.js';
import { projectForLog, updateStamp } from './stored.js';
import type { Steps } from './steps.js';
import { setRows } from './store-rows.js';
import { dropFallbacks } from './translation/input.js';
import { foldTranslations, withTranslations } from './translation/rows.js';
import { sameValue } from '../values/same-value.js';
import { invalid, missingRequired, readHookChanges, readInput } from './write-plan.js';
import { hookScope, recordChanges, validateRules, type WriteScope } from './write-scope.js';

/** A change of one record. */
export interface UpdateRequest {
  readonly id: string;
  readonly data: RecordData;
  readonly options: WriteOptions;
}

/** A change that passed everything up to the write. */
export interface PendingUpdate {
  readonly id: string;
  readonly previous: Row;
  readonly changes: RecordData;
  readonly changed: readonly string[];
}

/** Changes a record that was loaded for it. */
export function* updateLoaded(
  scope: WriteScope,
  admission: Admission,
  previous: Row,
  change: Pick<UpdateRequest, 'data' | 'options'>,
): Steps<Row> {
  const pending = yield* prepareUpdate(scope, admission, previous, change);
  if (pending === undefined) return previous;
  const [row = previous] = yield* storeUpdates(scope, admission, [pending]);
  return row;
}

/** Input, hooks and validation of a change; `undefined` when no value differs. */
export function* prepareUpdate(
  scope: WriteScope,
  admission: Admission,
  stored: Row,
  change: Pick<UpdateRequest, 'data' | 'options'>,
): Steps<PendingUpdate | undefined> {
  const { meta } = admission;
  const previous = withTranslations(meta, stored);
  const id = previous['id'] as string;
  const values = yield* readChange(scope, admission, previous, change);
  const wanted = yield* beforeUpdate(scope, meta, { previous, values });
  const changes = differing(previous, wanted);
  if (Object.keys(changes).length === 0) return undefined;
  emptyPairs(meta, changes);
  refuseFixedMasters(meta, changes);
  const changed = Object.keys(changes);
  yield* validate(scope, meta, { id, record: { ...previous, ...changes }, previous });
  return { id, previous, changes, changed };
}

/**
 * Writes changes of several records of one object: one check of references for each relation, one
 * statement for records that get the same values, one for the change log.
 *
 * @returns the stored rows
 */
export function* storeUpdates(
  scope: WriteScope,
  admission: Admission,
  prepared: readonly PendingUpdate[],
): Steps<Row[]> {
  if (prepared.length === 0) return [];
  const { meta } = admission;
  const references = prepared.map((one) => withPairs(meta, one.changes, one.previous));
  yield* checkReferences(referenceScope(scope), meta, references);
  const owned = yield* withNewOwners(scope, meta, prepared);
  const pending: PendingUpdate[] = [];
  for (const one of owned) {
    pending.push({ ...one, changes: yield* sealChanges(scope.parts, meta, one) });
  }
  const changes = pending.map((one) => one.changes);
  const given = changes.filter((one) => 'owner_id' in one);
  if (given.length > 0) yield* checkOwners(scope, meta, given);
  const sets = pending.map(({ previous, changes: values }) => {
    const revision = (previous['revision'] as number) + 1;
    const stamp = updateStamp(revision, scope.at, scope.ctx);
    const set: Row = { ...foldTranslations(meta, previous, values), ...stamp };
    return { previous, set };
  });
  yield* setRows(scope, meta, sets);
  const rows = sets.map(({ previous, set }) => withTranslations(meta, { ...previous, ...set }));
  yield* recordChanges(
    scope,
    pending.map((one) => updateChange(meta, one, scope.at)),
    pending.map(({ previous }, index) => ({ before: previous, after: rows[index] })),
  );
  yield* checkHierarchy(scope, meta, pending);
  yield* passOnOwners(scope, meta, pending);
  yield* afterUpdate(scope, meta, pending, rows);
  yield* checkWrittenRows(
    scope,
    admission,
    'update',
    pending.map(({ id }) => id),
  );
  return rows;
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
    const input = readInput(admission, data, { unchangedFrom, acceptOwner });
    if (wholeRecord) dropFallbacks(admission, previous, input);
    return input;
  }
  const base = yield* readBase(scope, meta, previous, mergeFrom);
  const unchangedFrom = wholeRecord ? recordAtBase(meta, previous, base, data) : undefined;
  const input = readInput(admission, data, { unchangedFrom, acceptOwner });
  if (unchangedFrom !== undefined) dropFallbacks(admission, unchangedFrom, input);
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

function updateChange(
  meta: ObjectMeta,
  { id, previous, changes, changed }: PendingUpdate,
  at: string,
): RecordChange {
  return {
    object: meta.name,
    id,
    operation: 'update',
    revision: (previous['revision'] as number) + 1,
    changed,
    before: projectForLog(meta, previous, changed),
    after: projectForLog(meta, changes, changed),
    tenantId: (previous['organization_id'] ?? null) as string | null,
    at,
  };
}

function* afterUpdate(
  scope: WriteScope,
  meta: ObjectMeta,
  pending: readonly PendingUpdate[],
  rows: readonly Row[],
): Steps<void> {
  if (!scope.parts.hooks.has('afterUpdate', meta.name)) return;
  const ctx = hookScope(scope, meta.name, 'update');
  for (const [index, { id, previous, changed }] of pending.entries()) {
    const record = rows[index] ?? previous;
    const context = { object: meta.name, id, record, previous, changed, ctx };
    yield* scope.parts.hooks.run('afterUpdate', context);
  }
}

function differing(previous: Row, values: RecordData): RecordData {
  const changes: RecordData = {};
  for (const [name, value] of Object.entries(values)) {
    if (name !== 'id' && !sameValue(previous[name] ?? null, value)) changes[name] = value;
  }
  return changes;
}
