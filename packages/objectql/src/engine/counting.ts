import type { CountMode, FindResult, Query } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession } from '../driver/contract.js';
import type { PlannedQuery } from './query-plan.js';
import { wait, type Steps } from './steps.js';

/** An estimate counts up to here; below, it is exact. */
export const ESTIMATE_FROM = 10_000;

type Total = Pick<FindResult, 'total' | 'totalIs'>;

/** How a query wants its records counted. @throws `invalid_parameter` */
export function countMode(count: Query['count']): CountMode {
  if (count === undefined || count === false) return 'none';
  if (count === true) return 'exact';
  if (COUNT_MODES.has(count)) return count;
  throw createError('invalid_parameter', {
    parameter: 'count',
    reason: 'expected "exact", "estimated" or "none"',
  });
}

const COUNT_MODES: ReadonlySet<CountMode> = new Set(['exact', 'estimated', 'none']);

/**
 * The number of all matching records. Counting is skipped where the page itself tells: it is the
 * last one and not past the end.
 */
export function* totalOf(
  session: DriverSession,
  { statement, limit, offset }: PlannedQuery,
  page: { readonly returned: number; readonly hasMore: boolean; readonly mode: CountMode },
): Steps<Total> {
  const { returned, hasMore, mode } = page;
  if (!hasMore && limit > 0 && (returned > 0 || offset === 0)) return { total: offset + returned };
  const { table, where } = statement;
  if (mode === 'exact') return { total: yield* wait(session.count({ table, where })) };
  const counted = yield* wait(session.count({ table, where, atMost: ESTIMATE_FROM + 1 }));
  return counted <= ESTIMATE_FROM
    ? { total: counted }
    : { total: ESTIMATE_FROM, totalIs: 'at_least' };
}
