import type { DriverSession } from '../driver/contract.js';
import type { RowExists, RowFilter } from '../driver/row-filter.js';
import { conjunction } from './conjunction.js';
import { wait, type Steps } from './steps.js';

/**
 * Up to so many related rows are listed once for a statement. A page of what somebody sees a tenth of
 * meets some 200 rows, and to be in a short list costs each of them a fraction of looking it up.
 */
export const LISTED_ROWS = 64;

/** What is joined by `and`, flat. Conditions of policy come first: they let the fewest rows through. */
export function partsOf(rows: RowFilter): RowFilter[] {
  const flat = (filter: RowFilter): RowFilter[] =>
    filter.op === 'and' && filter.hint === undefined ? filter.args.flatMap(flat) : [filter];
  const isBroad = (filter: RowFilter) => filter.op === 'and';
  return flat(rows).sort((one, other) => Number(isBroad(one)) - Number(isBroad(other)));
}

/** The related rows each of which opens some rows: of several ways to see a row, those by others' rows. */
export function listableOf(rows: RowFilter | undefined): readonly RowExists[] {
  if (rows === undefined) return [];
  return partsOf(rows).flatMap((part) =>
    part.op === 'or' ? part.args.filter((arg) => arg.op === 'exists').filter(isListable) : [],
  );
}

/** A list without a condition is a whole table. */
function isListable({ on, where }: RowExists): boolean {
  return on.length === 1 && where !== undefined;
}

/** Positions of those that are few now, among the {@link listableOf} of a filter. */
export function* probeLists(
  session: DriverSession,
  lists: readonly RowExists[],
): Steps<readonly number[]> {
  const few: number[] = [];
  for (const [index, { table, where }] of lists.entries()) {
    const rows = yield* wait(session.count({ table, where, atMost: LISTED_ROWS + 1 }));
    if (rows <= LISTED_ROWS) few.push(index);
  }
  return few;
}

/** The filter, with these of its conditions marked to be listed. */
export function withListed(rows: RowFilter, marked: ReadonlySet<RowFilter>): RowFilter | undefined {
  const mark = (arg: RowFilter): RowFilter =>
    arg.op === 'exists' && marked.has(arg) ? { ...arg, hint: 'listed' } : arg;
  return conjunction(
    ...partsOf(rows).map((part) =>
      part.op === 'or' ? { ...part, args: part.args.map(mark) } : part,
    ),
  );
}
