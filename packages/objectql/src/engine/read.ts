import type {
  ExecutionContext,
  Filter,
  FindResult,
  Query,
  RecordData,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession } from '../driver/contract.js';
import type { Admission } from './access.js';
import type { EngineParts } from './parts.js';
import { admitRead } from './read-admission.js';
import { expandColumns, expandRecords, planExpand, type ExpandPlan } from './expand.js';
import { afterFind, hookContext } from './hooks.js';
import { planFilter } from './filter-plan.js';
import { conjunction, planColumns, planQuery, planWhere, whereId } from './query-plan.js';
import { wait, type Steps } from './steps.js';

/** Finds a page of records. */
export function* find(
  parts: EngineParts,
  object: string,
  asked: Query,
  ctx: ExecutionContext,
): Steps<FindResult> {
  const snapshot = parts.snapshot();
  const admission = admitRead(parts, snapshot, { object, deleted: asked.deleted }, ctx);
  const query = yield* beforeFind(parts, object, asked, ctx);
  const expand =
    query.expand === undefined ? [] : planExpand({ parts, snapshot, ctx }, admission, query.expand);
  const { statement, limit, offset } = planQuery(admission, query, expandColumns(expand));
  const session = parts.transactions.sessionOf(ctx);
  const records = limit === 0 ? [] : yield* wait(session.find(statement));
  const hasMore = records.length > limit;
  if (hasMore) records.length = limit;
  checkDeadline(ctx, parts.now(), 'find');
  const total =
    query.count === true
      ? yield* totalOf(session, statement, { returned: records.length, hasMore, offset, limit })
      : undefined;
  yield* finish(parts, admission, { session, records, expand, fields: query.fields, ctx });
  return total === undefined
    ? { records, hasMore }
    : { records, total, hasMore: offset + records.length < total };
}

/** Reads one record by id. */
export function* get(
  parts: EngineParts,
  object: string,
  id: string,
  {
    ctx,
    query = {},
  }: { ctx: ExecutionContext; query?: Pick<Query, 'fields' | 'expand' | 'deleted'> | undefined },
): Steps<RecordData> {
  const snapshot = parts.snapshot();
  const admission = admitRead(parts, snapshot, { object, deleted: query.deleted }, ctx);
  const expand =
    query.expand === undefined ? [] : planExpand({ parts, snapshot, ctx }, admission, query.expand);
  const session = parts.transactions.sessionOf(ctx);
  const narrowing = yield* narrowById(parts, admission, id, ctx);
  const records = yield* wait(
    session.find({
      table: admission.meta.table,
      columns: planColumns(admission, query.fields, expandColumns(expand)),
      where: conjunction(whereId(admission, id, query.deleted), narrowing),
      limit: 1,
    }),
  );
  const [record] = records;
  if (record === undefined) throw createError('record_not_found', { object, id });
  yield* finish(parts, admission, { session, records, expand, fields: query.fields, ctx });
  return record;
}

/** Counts the records that match. */
export function* count(
  parts: EngineParts,
  object: string,
  query: Pick<Query, 'where' | 'deleted'>,
  ctx: ExecutionContext,
): Steps<number> {
  const admission = admitRead(parts, parts.snapshot(), { object, deleted: query.deleted }, ctx);
  const narrowed = yield* beforeFind(parts, object, query, ctx);
  const where = planWhere(admission, narrowed);
  return yield* wait(
    parts.transactions.sessionOf(ctx).count({ table: admission.meta.table, where }),
  );
}

/** Stops work whose request nobody waits for any more. */
export function checkDeadline(ctx: ExecutionContext, now: number, operation: string): void {
  if (ctx.deadline !== undefined && now > ctx.deadline)
    throw createError('deadline_exceeded', { operation });
}

/** A `beforeFind` hook narrows reads by id as it narrows lists. */
function* narrowById(
  parts: EngineParts,
  admission: Admission,
  id: string,
  ctx: ExecutionContext,
): Steps<Filter | undefined> {
  if (!parts.hooks.has('beforeFind', admission.meta.name)) return undefined;
  const byId: Query = { where: { op: 'eq', field: 'id', value: id } };
  const narrowed = yield* beforeFind(parts, admission.meta.name, byId, ctx);
  return narrowed.where === undefined ? undefined : planFilter(admission, narrowed.where);
}

function* beforeFind(
  parts: EngineParts,
  object: string,
  query: Query,
  ctx: ExecutionContext,
): Steps<Query> {
  if (!parts.hooks.has('beforeFind', object)) return query;
  const context = {
    object,
    query,
    ctx: hookContext(ctx, { by: 'hook', object, operation: 'find' }),
  };
  const replaced = yield* parts.hooks.run('beforeFind', context);
  return (replaced as Query | undefined) ?? context.query;
}

/** Counting is skipped when the page itself tells: it is the last one and not past the end. */
function* totalOf(
  session: DriverSession,
  statement: Parameters<DriverSession['count']>[0],
  page: { returned: number; hasMore: boolean; offset: number; limit: number },
): Steps<number> {
  const { returned, hasMore, offset, limit } = page;
  if (!hasMore && limit > 0 && (returned > 0 || offset === 0)) return offset + returned;
  return yield* wait(session.count({ table: statement.table, where: statement.where }));
}

interface Answer {
  readonly session: DriverSession;
  readonly records: RecordData[];
  readonly expand: readonly ExpandPlan[];
  readonly fields: readonly string[] | undefined;
  readonly ctx: ExecutionContext;
}

function* finish(parts: EngineParts, { meta }: Admission, answer: Answer): Steps<void> {
  const { session, records, expand, ctx } = answer;
  if (expand.length > 0) yield* expandRecords({ parts, session, ctx }, records, expand);
  yield* afterFind(parts, meta.name, records, ctx);
}
