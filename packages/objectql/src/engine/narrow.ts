import type { Comparison, ExecutionContext } from '@objectos/spec/contracts';
import type { DriverSession, TableSchema } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { keptRows, type Admission } from './access.js';
import { conjunction } from './conjunction.js';
import { leadsOf } from './scan-guard.js';
import { wait, type Steps } from './steps.js';

/** Up to so many visible rows may be found first, and then sorted; more are met soon enough in order. */
export const NARROW_ROWS = 1_000;

/**
 * Finding V rows by their keys costs about V steps; meeting a page of them in order costs a page times
 * the rows of the table by V. So V rows are few in a table of V² / PAGE rows or more.
 */
const PAGE = 20;
/** Few in any table. */
const ALWAYS_FEW = 20;

/** How long a count is believed. A wrong belief costs time, never rows. */
const BELIEVED_MS = 30_000;
const MAX_BELIEFS = 10_000;

/** Chooses how the row filter of a principal is asked of the database. */
export interface Narrowing {
  /**
   * The admission with its rows marked as few where they are: the database then finds them by their
   * owner, their shares and so on, instead of looking at one row after the other.
   */
  choose(session: DriverSession, admission: Admission, scope: NarrowScope): Steps<Admission>;
}

/** Who asks, and when. */
export interface NarrowScope {
  readonly ctx: ExecutionContext;
  /** Epoch milliseconds. */
  readonly now: number;
}

interface Belief {
  readonly choice: number;
  readonly until: number;
}

/** A way to ask for the rows, and the conditions each of which an index answers. */
interface Candidate {
  readonly admission: Admission;
  readonly arms: readonly RowFilter[];
}

/** Makes the chooser of an engine. */
export function createNarrowing(limit = NARROW_ROWS): Narrowing {
  const candidates = new WeakMap<Admission, readonly Candidate[]>();
  const beliefs = new Map<string, Belief>();

  function candidatesOf(admission: Admission): readonly Candidate[] {
    let found = candidates.get(admission);
    if (found === undefined) {
      found = findCandidates(admission);
      candidates.set(admission, found);
    }
    return found;
  }

  function* probe(
    session: DriverSession,
    table: TableSchema,
    found: readonly Candidate[],
  ): Steps<number> {
    for (const [index, { arms }] of found.entries()) {
      let rows = 0;
      for (const where of arms) {
        rows += yield* wait(session.count({ table, where, atMost: limit + 1 - rows }));
        if (rows > limit) break;
      }
      if (rows <= limit) return (yield* isFew(session, table, rows)) ? index : -1;
    }
    return -1;
  }

  return {
    *choose(session, admission, { ctx, now }) {
      const found = candidatesOf(admission);
      if (found.length === 0) return admission;
      const key = keyOf(ctx, admission);
      let belief = beliefs.get(key);
      if (belief === undefined || now >= belief.until) {
        const choice = yield* probe(session, admission.meta.table, found);
        belief = { choice, until: now + BELIEVED_MS };
        remember(beliefs, key, belief);
      }
      return found[belief.choice]?.admission ?? admission;
    },
  };
}

function* isFew(session: DriverSession, table: TableSchema, rows: number): Steps<boolean> {
  if (rows <= ALWAYS_FEW) return true;
  const enough = Math.ceil((rows * rows) / PAGE);
  return (yield* wait(session.count({ table, atMost: enough }))) >= enough;
}

function remember(beliefs: Map<string, Belief>, key: string, belief: Belief): void {
  beliefs.delete(key);
  beliefs.set(key, belief);
  if (beliefs.size <= MAX_BELIEFS) return;
  const oldest = beliefs.keys().next();
  if (oldest.done !== true) beliefs.delete(oldest.value);
}

function keyOf({ principal }: ExecutionContext, { meta }: Admission): string {
  const { kind, id, tenantId } = principal;
  const fingerprint = kind === 'user' ? principal.fingerprint : '';
  return `${meta.name} ${kind} ${tenantId ?? ''} ${id} ${fingerprint}`;
}

function findCandidates(admission: Admission): Candidate[] {
  const { rows, meta } = admission;
  if (rows === undefined) return [];
  const parts = partsOf(rows);
  return parts.flatMap((part, at) => {
    const broad = part.op === 'and' && part.hint === 'broad' ? part.args[0] : undefined;
    const marked = broad === undefined ? markRows(part, meta.table) : markRows(broad, meta.table);
    if (marked === undefined || (broad === undefined && part.op !== 'or')) return [];
    const others = parts.filter((_, other) => other !== at);
    return [
      {
        admission: { ...admission, rows: keptRows(conjunction(...others, marked)) },
        arms: marked.op === 'or' ? marked.args : [marked],
      },
    ];
  });
}

/** What is joined by `and`, flat. Conditions of policy come first: they let the fewest rows through. */
function partsOf(rows: RowFilter): RowFilter[] {
  const flat = (filter: RowFilter): RowFilter[] =>
    filter.op === 'and' && filter.hint === undefined ? filter.args.flatMap(flat) : [filter];
  const isBroad = (filter: RowFilter) => filter.op === 'and';
  return flat(rows).sort((one, other) => Number(isBroad(one)) - Number(isBroad(other)));
}

/**
 * The filter, marked so that its rows are found by indexes; `undefined` where some of them can't be.
 */
function markRows(filter: RowFilter, table: TableSchema): RowFilter | undefined {
  switch (filter.op) {
    case 'and': {
      if (filter.hint === 'broad') return undefined;
      for (const [at, arg] of filter.args.entries()) {
        const marked = markRows(arg, table);
        if (marked !== undefined) return { ...filter, args: filter.args.with(at, marked) };
      }
      return undefined;
    }
    case 'or': {
      const args = filter.args.map((arg) => markRows(arg, table));
      return args.every((arg) => arg !== undefined)
        ? { ...filter, args, hint: 'narrow' }
        : undefined;
    }
    case 'exists': {
      const [pair, ...others] = filter.on;
      if (pair === undefined || others.length > 0 || !leadsOf(table).has(pair.outer))
        return undefined;
      const where = filter.where === undefined ? undefined : markRows(filter.where, filter.table);
      return where === undefined ? undefined : { ...filter, where, hint: 'narrow' };
    }
    case 'not':
    case 'compareFields':
    case 'match':
    case 'tree':
      return undefined;
    default:
      return NARROWING.has(filter.op) && leadsOf(table).has(filter.field) ? filter : undefined;
  }
}

const NARROWING: ReadonlySet<Comparison['op']> = new Set(['eq', 'in', 'startsWith', 'like']);
