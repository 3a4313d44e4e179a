import type { ExecutionContext, FindResult, Query, RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession, FindStatement } from '../driver/contract.js';
import { conjunction } from './conjunction.js';
import { cursorScope, type CursorPlace, type CursorScope } from './cursor.js';
import { behind, positionOf, reversed, type Position } from './keyset.js';
import type { EngineParts } from './parts.js';
import type { PlannedQuery } from './query-plan.js';
import { wait, type Steps } from './steps.js';

/** The rows of a page, and where the pages beside it begin. */
export interface Page {
  readonly records: RecordData[];
  readonly hasMore: boolean;
  readonly cursors: Pick<FindResult, 'next' | 'previous'>;
}

/** Reads a page by offset. */
export function* pageByOffset(
  session: DriverSession,
  { statement, limit }: PlannedQuery,
): Steps<Page> {
  const records = limit === 0 ? [] : yield* wait(session.find(statement));
  const hasMore = records.length > limit;
  if (hasMore) records.length = limit;
  return { records, hasMore, cursors: {} };
}

/** What reading by cursor needs. */
export interface CursorRequest {
  readonly object: string;
  readonly query: Query;
  readonly cursor: string;
  readonly ctx: ExecutionContext;
}

/**
 * Reads a page by the place that a cursor tells. However deep the page is, nothing before it is
 * read.
 *
 * @throws `invalid_cursor`, `invalid_parameter`
 */
export function* pageByCursor(
  parts: EngineParts,
  session: DriverSession,
  plan: PlannedQuery,
  request: CursorRequest,
): Steps<Page> {
  if (plan.offset > 0 || plan.limit === 0) throw refuse(plan);
  const { object, query, cursor, ctx } = request;
  const scope = cursorScope(object, query, principalKey(ctx));
  const place = cursor === '' ? undefined : yield* wait(parts.cursors.read(cursor, scope));
  const { orderBy } = plan.statement;
  if (place !== undefined && place.position.length !== orderBy.length) {
    throw createError('invalid_cursor', {});
  }
  const { statement, hidden } = statementFrom(plan.statement, place);
  const records = yield* wait(session.find(statement));
  const more = records.length > plan.limit;
  if (more) records.length = plan.limit;
  const backward = place?.direction === 'previous';
  if (backward) records.reverse();
  const [first, last] = [records[0], records.at(-1)].map((row) =>
    row === undefined ? undefined : positionOf(row, orderBy),
  );
  for (const row of records) for (const column of hidden) Reflect.deleteProperty(row, column);
  const write = writer(parts, scope);
  const next = more || backward ? yield* write('next', last) : undefined;
  const previous = (backward ? more : place !== undefined)
    ? yield* write('previous', first)
    : undefined;
  return { records, hasMore: more || backward, cursors: { next, previous } };
}

function refuse({ offset }: PlannedQuery): Error {
  return offset > 0
    ? createError('invalid_parameter', {
        parameter: 'cursor',
        reason: 'it has no offset beside it',
      })
    : createError('invalid_parameter', { parameter: 'limit', reason: 'expected 1 or more' });
}

/** Adds the place, the sort values that the next cursors need, and the direction. */
function statementFrom(
  statement: PlannedQuery['statement'],
  place: CursorPlace | undefined,
): { readonly statement: FindStatement; readonly hidden: readonly string[] } {
  const backward = place?.direction === 'previous';
  const orderBy = backward ? reversed(statement.orderBy) : statement.orderBy;
  const shown = new Set(statement.columns);
  const hidden = orderBy.map((key) => key.field).filter((field) => !shown.has(field));
  const where =
    place === undefined
      ? statement.where
      : conjunction(behind(orderBy, place.position), statement.where);
  const columns = hidden.length === 0 ? statement.columns : [...statement.columns, ...hidden];
  return { statement: { ...statement, columns, where, orderBy }, hidden };
}

function writer({ cursors }: EngineParts, scope: CursorScope) {
  return function* (
    direction: CursorPlace['direction'],
    position: Position | undefined,
  ): Steps<string | undefined> {
    if (position === undefined) return undefined;
    return yield* wait(cursors.write({ direction, position }, scope));
  };
}

function principalKey({ principal, recordLocale }: ExecutionContext): string {
  const { kind, id, tenantId } = principal;
  const whose = [kind, id, tenantId, kind === 'user' ? principal.fingerprint : ''];
  return JSON.stringify(recordLocale === undefined ? whose : [...whose, recordLocale]);
}
