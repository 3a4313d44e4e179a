import type {
  AggregateQuery,
  AggregateResult,
  ExecutionContext,
  Query,
  RecordData,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { planAggregate, type PlannedAggregate } from './aggregate-plan.js';
import { readSession } from './computed/session.js';
import type { EngineParts } from './parts.js';
import { beforeFind, checkDeadline, listViewFor, viewFor } from './read.js';
import type { View } from './relations.js';
import { guardScan } from './scan-guard.js';
import { wait, type Steps } from './steps.js';

/** Groups records and computes values over each group. */
export function* aggregate(
  parts: EngineParts,
  object: string,
  asked: AggregateQuery,
  ctx: ExecutionContext,
): Steps<AggregateResult> {
  const of = { object, deleted: asked.deleted };
  if (parts.hooks.has('beforeFind', object)) viewFor(parts, of, ctx);
  const query = yield* narrowed(parts, object, asked, ctx);
  const planned = (on: View) => planAggregate(on, query);
  const { view, fewRows } = yield* listViewFor(parts, of, ctx, planned);
  const plan = planned(view);
  if (!parts.options.driver.capabilities.aggregate) {
    const { name } = parts.options.driver;
    throw createError('driver_capability_missing', { driver: name, capability: 'aggregate' });
  }
  const session = readSession({ parts, snapshot: view.snapshot, ctx });
  if (!fewRows) {
    const { where, search } = query;
    const scanned = { where, search, whole: !countsOnly(query) };
    yield* guardScan(parts, session, { view, query: scanned, ctx });
  }
  const found = yield* wait(session.aggregate(plan.statement));
  checkDeadline(ctx, parts.now(), 'aggregate');
  const hasMore = found.length > plan.limit;
  if (hasMore) found.length = plan.limit;
  return { rows: found.map((row) => named(row, plan)), hasMore };
}

/** How many records there are is what every list may tell. */
function countsOnly({ groupBy = [], aggregations = [], where }: AggregateQuery): boolean {
  const counts = aggregations.every(
    (one) => one.function === 'count' && one.field === undefined && one.where === undefined,
  );
  return groupBy.length === 0 && counts && where === undefined;
}

/** The different values of a field. */
export function* distinct(
  parts: EngineParts,
  object: string,
  {
    field,
    query = {},
  }: { field: string; query?: Pick<Query, 'where' | 'deleted' | 'limit'> | undefined },
  ctx: ExecutionContext,
): Steps<unknown[]> {
  const { rows } = yield* aggregate(
    parts,
    object,
    { ...query, groupBy: [{ field, alias: 'value' }] },
    ctx,
  );
  return rows.map((row) => row['value']);
}

/** A `beforeFind` hook narrows aggregates as it narrows lists. */
function* narrowed(
  parts: EngineParts,
  object: string,
  query: AggregateQuery,
  ctx: ExecutionContext,
): Steps<AggregateQuery> {
  const { where, deleted } = query;
  const list = yield* beforeFind(parts, object, { where, deleted }, ctx);
  return { ...query, where: list.where, deleted: list.deleted };
}

function named(row: RecordData, { outputs }: PlannedAggregate): RecordData {
  const record: RecordData = {};
  for (const { column, alias } of outputs) record[alias] = row[column];
  return record;
}
