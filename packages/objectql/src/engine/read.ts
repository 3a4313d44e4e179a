import type { ExecutionContext, FindResult, Query, RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { readSession } from './computed/session.js';
import type { Admission } from './access.js';
import { openRecord } from './encryption/encrypted-fields.js';
import { conjunction } from './conjunction.js';
import { countMode, totalOf } from './counting.js';
import { expandRecords } from './expand.js';
import { expandColumns, planExpand, type ExpandPlan } from './expand-plan.js';
import { planFilter } from './filter-plan.js';
import { highlight } from './highlight.js';
import { afterFind, hookContext } from './hooks.js';
import { NARROW_ROWS } from './narrow.js';
import { takeDistances } from './near-plan.js';
import { pageByCursor, pageByOffset } from './page.js';
import type { EngineParts } from './parts.js';
import { planColumns, planQuery, planWhere, whereId } from './query-plan.js';
import { admitRead, type ReadAsked } from './read-admission.js';
import { viewOf, type View } from './relations.js';
import { guardScan } from './scan-guard.js';
import { searchedFields } from './search-plan.js';
import { selectionOf } from './selection.js';
import { wait, type Steps } from './steps.js';
import { localizeRecords } from './translation/localize.js';

/** Finds a page of records, to look at or to take out. */
export function* find(
  parts: EngineParts,
  object: string,
  asked: Query,
  ctx: ExecutionContext,
  operation: 'read' | 'export' = 'read',
): Steps<FindResult> {
  const { deleted } = asked;
  const of = { object, deleted, operation };
  if (parts.hooks.has('beforeFind', object)) viewFor(parts, of, ctx);
  const query = yield* beforeFind(parts, object, asked, ctx);
  const { fields, expand: tree } = selectionOf(query);
  const planned = (on: View) => {
    const expand = planExpand(on, tree);
    return { expand, plan: planQuery(on, { ...query, fields }, expandColumns(expand)) };
  };
  const { view, fewRows } = yield* listViewFor(parts, of, ctx, planned);
  const { expand, plan } = planned(view);
  const session = readSession({ parts, snapshot: view.snapshot, ctx });
  if (!fewRows) yield* guardScan(parts, session, { view, query, ctx });
  const { cursor } = asked;
  const { records, hasMore, cursors } =
    cursor === undefined
      ? yield* pageByOffset(session, plan)
      : yield* pageByCursor(parts, session, plan, { object, query: asked, cursor, ctx });
  const distances = takeDistances(records, query.near);
  checkDeadline(ctx, parts.now(), 'find');
  const mode = countMode(query.count);
  const whole = cursor === undefined || (cursor === '' && !hasMore);
  const total =
    mode === 'none'
      ? {}
      : yield* totalOf(session, plan, {
          returned: records.length,
          hasMore: hasMore || !whole,
          mode,
        });
  const { admission } = view;
  const highlights =
    query.highlight === true && query.search !== undefined
      ? {
          highlights: highlight(records, {
            search: query.search,
            fields: searchedFields(admission),
            fullText: view.fullText,
          }),
        }
      : {};
  yield* finish(parts, view, { session, records, expand, ctx });
  return { records, ...total, hasMore, ...cursors, ...highlights, ...distances };
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
  const view = viewFor(parts, { object, deleted: query.deleted }, ctx);
  const { admission } = view;
  const { fields: named, expand: tree } = selectionOf(query);
  const { fields, opened } = withoutEncrypted(admission, named);
  const expand = planExpand(view, tree);
  const session = readSession({ parts, snapshot: view.snapshot, ctx });
  const narrowing = yield* narrowById(parts, view, id, ctx);
  const columns = planColumns(admission, fields, expandColumns(expand));
  const records = yield* wait(
    session.find({
      table: admission.meta.table,
      // The same list for the same columns: drivers keep what they planned for it.
      columns: opened.length === 0 ? columns : [...columns, ...opened],
      where: conjunction(whereId(admission, id, query.deleted), narrowing),
      limit: 1,
    }),
  );
  const [record] = records;
  if (record === undefined) throw createError('record_not_found', { object, id });
  if (opened.length > 0) yield* openRecord(parts, admission.meta, record);
  yield* finish(parts, view, { session, records, expand, ctx });
  return record;
}

/** The encrypted fields to open for who may, and the other fields that were asked for. */
function withoutEncrypted(
  { meta, unsealed }: Admission,
  fields: readonly string[] | undefined,
): { readonly fields: readonly string[] | undefined; readonly opened: readonly string[] } {
  if (!unsealed || meta.encrypted.size === 0) return { fields, opened: [] };
  if (fields === undefined) return { fields, opened: [...meta.encrypted] };
  return {
    fields: fields.filter((name) => !meta.encrypted.has(name)),
    opened: fields.filter((name) => meta.encrypted.has(name)),
  };
}

/** Counts the records that match. */
export function* count(
  parts: EngineParts,
  object: string,
  query: Pick<Query, 'where' | 'deleted'>,
  ctx: ExecutionContext,
): Steps<number> {
  const of = { object, deleted: query.deleted };
  if (parts.hooks.has('beforeFind', object)) viewFor(parts, of, ctx);
  const narrowed = yield* beforeFind(parts, object, query, ctx);
  const planned = (on: View) => planWhere(on, narrowed);
  const { view, fewRows } = yield* listViewFor(parts, of, ctx, planned);
  const where = planned(view);
  const { table } = view.admission.meta;
  const session = readSession({ parts, snapshot: view.snapshot, ctx });
  if (!fewRows) yield* guardScan(parts, session, { view, query: { where: narrowed.where }, ctx });
  return yield* wait(session.count({ table, where }));
}

/** What the principal of an operation may read of an object. @throws what the gate throws */
export function viewFor(parts: EngineParts, asked: ReadAsked, ctx: ExecutionContext): View {
  const snapshot = parts.snapshot();
  const { gate, options } = parts;
  const { driver } = options;
  return viewOf({ gate, snapshot, ctx, driver }, admitRead(parts, snapshot, asked, ctx));
}

/**
 * Like {@link viewFor}, for operations over many records: says whether all that the principal sees is
 * few, which may take statements to find out. A query that `plan` refuses sends none.
 */
export function* listViewFor(
  parts: EngineParts,
  asked: ReadAsked,
  ctx: ExecutionContext,
  plan: (view: View) => unknown,
): Steps<{ readonly view: View; readonly fewRows: boolean }> {
  const snapshot = parts.snapshot();
  const admitted = admitRead(parts, snapshot, asked, ctx);
  const session = parts.transactions.sessionOf(ctx);
  const { driver } = parts.options;
  const viewed = (admission: Admission) =>
    viewOf({ gate: parts.gate, snapshot, ctx, driver }, admission);
  const refuse = () => void plan(viewed(admitted));
  const scope = { ctx, now: parts.now(), refuse };
  const { admission, few } = yield* parts.narrowing.choose(session, admitted, scope);
  const view = viewed(admission);
  const fewRows = few && parts.scans.limit >= NARROW_ROWS;
  return { view, fewRows };
}

/** Stops work whose request nobody waits for any more. */
export function checkDeadline(ctx: ExecutionContext, now: number, operation: string): void {
  if (ctx.deadline !== undefined && now > ctx.deadline)
    throw createError('deadline_exceeded', { operation });
}

/** A `beforeFind` hook narrows reads by id as it narrows lists. */
function* narrowById(
  parts: EngineParts,
  view: View,
  id: string,
  ctx: ExecutionContext,
): Steps<RowFilter | undefined> {
  const object = view.admission.meta.name;
  if (!parts.hooks.has('beforeFind', object)) return undefined;
  const byId: Query = { where: { op: 'eq', field: 'id', value: id } };
  const narrowed = yield* beforeFind(parts, object, byId, ctx);
  return narrowed.where === undefined ? undefined : planFilter(view, narrowed.where);
}

/** Runs the `beforeFind` hooks, which may replace the query. */
export function* beforeFind(
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

interface Answer {
  readonly session: DriverSession;
  readonly records: RecordData[];
  readonly expand: readonly ExpandPlan[];
  readonly ctx: ExecutionContext;
}

function* finish(parts: EngineParts, view: View, answer: Answer): Steps<void> {
  const { session, records, expand, ctx } = answer;
  localizeRecords(view.admission, records);
  if (expand.length > 0) yield* expandRecords({ parts, session, ctx }, records, expand);
  yield* afterFind(parts, view.admission.meta.name, records, ctx);
}
