import type { AccessExists, AccessFilter } from '@objectos/spec/contracts';
import { compares, comparesFields } from './compare.js';

type Row = Readonly<Record<string, unknown>>;

/**
 * Where the rows that `exists` looks into come from: those of `object` whose columns have these
 * values. More rows may come than that; their columns are compared again.
 */
export type RelatedRows = (object: string, columns: Row) => Iterable<Row>;

/**
 * Evaluates a compiled access filter on one record in memory: the same answer as the database gives,
 * in a browser too. Dates and times are ISO text, as the API shows them.
 *
 * @example matches(decision.rows, record, (object, { user_id }) => assignmentsOf(user_id))
 */
export function matches(filter: AccessFilter, record: Row, related: RelatedRows): boolean {
  switch (filter.op) {
    case 'and':
      return filter.args.every((arg) => matches(arg, record, related));
    case 'or':
      return filter.args.some((arg) => matches(arg, record, related));
    case 'not':
      return !matches(filter.arg, record, related);
    case 'compareFields':
      return comparesFields(filter, record);
    case 'exists': {
      const columns = joinColumns(filter, record);
      if (columns === undefined) return false;
      for (const row of related(filter.object, columns)) {
        if (isJoined(row, columns) && whereHolds(filter, row, related)) return true;
      }
      return false;
    }
    default:
      return compares(filter, record[filter.field]);
  }
}

/** Reads the rows that `exists` looks into, from wherever they are. */
export type ReadRelated = (object: string, columns: Row) => Promise<readonly Row[]>;

/** {@link matches}, for related rows that have to be waited for. */
export async function matchesLater(
  filter: AccessFilter,
  record: Row,
  read: ReadRelated,
): Promise<boolean> {
  switch (filter.op) {
    case 'and':
      for (const arg of filter.args) if (!(await matchesLater(arg, record, read))) return false;
      return true;
    case 'or':
      for (const arg of filter.args) if (await matchesLater(arg, record, read)) return true;
      return false;
    case 'not':
      return !(await matchesLater(filter.arg, record, read));
    case 'exists': {
      const columns = joinColumns(filter, record);
      if (columns === undefined) return false;
      for (const row of await read(filter.object, columns)) {
        if (!isJoined(row, columns)) continue;
        if (filter.where === undefined || (await matchesLater(filter.where, row, read)))
          return true;
      }
      return false;
    }
    default:
      return matches(filter, record, () => []);
  }
}

/** The values that a joined row must have; nothing when one is empty, which equals nothing. */
function joinColumns({ on }: AccessExists, record: Row): Row | undefined {
  const columns = Object.fromEntries(on.map(({ outer, inner }) => [inner, record[outer] ?? null]));
  return Object.values(columns).includes(null) ? undefined : columns;
}

function isJoined(row: Row, columns: Row): boolean {
  return Object.entries(columns).every(([name, value]) => row[name] === value);
}

function whereHolds({ where }: AccessExists, row: Row, related: RelatedRows): boolean {
  return where === undefined || matches(where, row, related);
}
