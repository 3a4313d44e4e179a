import type {
  Comparison,
  ExecutionContext,
  Filter,
  Query,
  SortKey,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession, TableSchema } from '../driver/contract.js';
import type { Admission } from './access.js';
import type { EngineParts } from './parts.js';
import type { View } from './relations.js';
import { wait, type Steps } from './steps.js';
import { columnIn } from './translation/language.js';

/** Rows from which a table is too large to be read as a whole for a list. */
export const SCAN_LIMIT = 100_000;

/** How long the size of a table is believed: a large one stays large, a small one may grow. */
const LARGE_FOR_MS = 600_000;
const SMALL_FOR_MS = 60_000;

/** Places whose sizes of a table are known at a time. */
const MAX_PLACES = 1_000;

interface Size {
  readonly large: boolean;
  readonly until: number;
}

/** Knows which tables are large, without counting them whole. */
export interface ScanGuard {
  readonly limit: number;
  /** @param place whose rows of the table they are, where organizations have tables of their own */
  isLarge(
    session: DriverSession,
    table: TableSchema,
    at: { readonly now: number; readonly place: string },
  ): Steps<boolean>;
}

/** Makes the guard of an engine; a limit of 0 switches it off. */
export function createScanGuard(limit: number = SCAN_LIMIT): ScanGuard {
  const known = new WeakMap<TableSchema, Map<string, Size>>();
  const sizesOf = (table: TableSchema): Map<string, Size> => {
    const sizes = known.get(table) ?? new Map<string, Size>();
    if (sizes.size > MAX_PLACES) sizes.clear();
    known.set(table, sizes);
    return sizes;
  };
  return {
    limit,
    *isLarge(session, table, { now, place }) {
      const sizes = sizesOf(table);
      const last = sizes.get(place);
      if (last !== undefined && now < last.until) return last.large;
      const rows = yield* wait(session.count({ table, atMost: limit + 1 }));
      const large = rows > limit;
      sizes.set(place, { large, until: now + (large ? LARGE_FOR_MS : SMALL_FOR_MS) });
      return large;
    },
  };
}

/** What a query reads, as far as its cost is concerned. */
export interface ScannedQuery extends Pick<Query, 'where' | 'search' | 'near' | 'orderBy'> {
  /** It computes with every row that its filter leaves, so that no order shortens it. */
  readonly whole?: boolean | undefined;
}

/**
 * Refuses what would read a large table as a whole: neither its filter nor, without a filter, its
 * order begins at an index. The system itself is trusted.
 *
 * @throws `scan_refused`, naming the index to add
 */
export function* guardScan(
  { scans, now }: EngineParts,
  session: DriverSession,
  { view, query, ctx }: { view: View; query: ScannedQuery; ctx: ExecutionContext },
): Steps<void> {
  const { meta } = view.admission;
  if (scans.limit === 0 || ctx.principal.kind === 'system') return;
  if (query.search !== undefined && view.fullText) return;
  if (beginsAtIndex(view.admission, query)) return;
  // Without schemas of organizations the table is one for all of them.
  const place = session.tenants === undefined ? '' : `of ${ctx.principal.tenantId ?? ''}`;
  if (!(yield* scans.isLarge(session, meta.table, { now: now(), place }))) return;
  throw createError('scan_refused', {
    object: meta.name,
    max: scans.limit,
    index: indexFor(query),
  });
}

function beginsAtIndex(
  admission: Admission,
  { where, search, near, whole, orderBy = [] }: ScannedQuery,
): boolean {
  const leads = leadsIn(admission);
  if (near !== undefined || whole === true) return where !== undefined && narrows(where, leads);
  if (where === undefined && search === undefined) return isLead(leads, orderBy[0]);
  return where !== undefined && narrows(where, leads);
}

/** No index has what a field reads like in another language. */
function leadsIn(admission: Admission): ReadonlySet<string> {
  const { table, translated } = admission.meta;
  const leads = leadsOf(table);
  if (admission.language === undefined) return leads;
  const read = new Set(
    translated.filter((field) => columnIn(admission, field) !== field.name).map(({ name }) => name),
  );
  return new Set([...leads].filter((name) => !read.has(name)));
}

function isLead(leads: ReadonlySet<string>, key: SortKey | undefined): boolean {
  return key === undefined || leads.has(key.field);
}

const NARROWING: ReadonlySet<Comparison['op']> = new Set([
  ...(['eq', 'in', 'gt', 'gte', 'lt', 'lte', 'between', 'startsWith'] as const),
]);

/** True when an index can begin at the condition, so that not every row is looked at. */
function narrows(filter: Filter, leads: ReadonlySet<string>): boolean {
  switch (filter.op) {
    case 'and':
      return filter.args.some((arg) => narrows(arg, leads));
    case 'or':
      return filter.args.every((arg) => narrows(arg, leads));
    case 'tree':
      return true;
    case 'not':
    case 'compareFields':
    case 'related':
    case 'some':
      return false;
    default:
      return NARROWING.has(filter.op) && filter.value !== null && leads.has(filter.field);
  }
}

const leads = new WeakMap<TableSchema, ReadonlySet<string>>();

/** The columns that an index begins with. */
export function leadsOf(table: TableSchema): ReadonlySet<string> {
  let found = leads.get(table);
  if (found === undefined) {
    const sorted = table.indexes.filter(({ fullText }) => fullText !== true);
    found = new Set(['id', ...sorted.map(({ columns }) => columns[0] ?? 'id')]);
    leads.set(table, found);
  }
  return found;
}

/** Fields that must be equal, then one that is compared or sorted by. */
function indexFor({ where, orderBy = [] }: ScannedQuery): string[] {
  const parts = where === undefined ? [] : where.op === 'and' ? where.args : [where];
  const fields = (wanted: (op: string) => boolean) =>
    parts.flatMap((part) => ('value' in part && wanted(part.op) ? [part.field] : []));
  const equal = fields((op) => op === 'eq' || op === 'in');
  const ranges = fields((op) => op !== 'eq' && op !== 'in' && NARROWING.has(op as 'eq'));
  const sorted = orderBy.map((key) => key.field).filter((field) => !field.includes('.'));
  const rest = where === undefined || equal.length > 0 || ranges.length > 0 ? sorted : [];
  return [...new Set([...equal, ...[...ranges, ...rest].slice(0, 1)])];
}
