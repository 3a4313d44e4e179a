import type { Comparison, ExecutionContext } from '@objectos/spec/contracts';
import type { DriverSession, TableSchema } from '../driver/contract.js';
import type { RowExists, RowFilter } from '../driver/row-filter.js';
import type { Admission } from './access.js';
import { conjunction, keptRows } from './conjunction.js';
import { listableOf, partsOf, probeLists, withListed } from './listing.js';
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
   * owner, their shares and so on, instead of looking at one row after the other. Where they are many,
   * what few others' rows open is listed once, instead of being looked up for each row.
   */
  choose(session: DriverSession, admission: Admission, scope: NarrowScope): Steps<Narrowed>;
}

/** An admission as it is asked. */
export interface Narrowed {
  readonly admission: Admission;
  /** All that the principal sees is few. */
  readonly few: boolean;
}

/** Who asks, and when. */
export interface NarrowScope {
  readonly ctx: ExecutionContext;
  /** Epoch milliseconds. */
  readonly now: number;
  /** Throws where the query is refused: called before the first statement, if there is to be one. */
  readonly refuse?: (() => void) | undefined;
}

/** What was found out: the candidate that has few rows, or what is to be listed. */
type Choice = { readonly candidate: number } | { readonly listed: readonly number[] };

interface Belief {
  readonly choice: Choice;
  readonly until: number;
}

/** A way to ask for the rows, and the conditions each of which an index answers. */
interface Candidate {
  readonly admission: Admission;
  readonly arms: readonly RowFilter[];
}

/** The ways to ask for what an admission lets through. */
interface Ways {
  readonly candidates: readonly Candidate[];
  readonly lists: readonly RowExists[];
  /** Made for {@link Choice.listed}, by what is listed. */
  readonly listing: Map<string, Admission>;
}

/** Makes the chooser of an engine. */
export function createNarrowing(limit = NARROW_ROWS): Narrowing {
  const waysOf = new WeakMap<Admission, Ways>();
  const beliefs = new Map<string, Belief>();

  function findWays(admission: Admission): Ways {
    let ways = waysOf.get(admission);
    if (ways === undefined) {
      const lists = listableOf(admission.rows);
      ways = { candidates: findCandidates(admission), lists, listing: new Map() };
      waysOf.set(admission, ways);
    }
    return ways;
  }

  function* probe(
    session: DriverSession,
    table: TableSchema,
    { candidates, lists }: Ways,
  ): Steps<Choice> {
    for (const [candidate, { arms }] of candidates.entries()) {
      let rows = 0;
      for (const where of arms) {
        rows += yield* wait(session.count({ table, where, atMost: limit + 1 - rows }));
        if (rows > limit) break;
      }
      if (rows > limit) continue;
      if (yield* isFew(session, table, rows)) return { candidate };
      break;
    }
    return { listed: yield* probeLists(session, lists) };
  }

  return {
    *choose(session, admission, { ctx, now, refuse }) {
      const ways = findWays(admission);
      if (ways.candidates.length === 0 && ways.lists.length === 0) return { admission, few: false };
      const key = keyOf(ctx, admission);
      let belief = beliefs.get(key);
      if (belief === undefined || now >= belief.until) {
        refuse?.();
        const choice = yield* probe(session, admission.meta.table, ways);
        belief = { choice, until: now + BELIEVED_MS };
        remember(beliefs, key, belief);
      }
      return asked(admission, ways, belief.choice);
    },
  };
}

/** A belief may be about an older filter of the principal: what it does not have is not chosen. */
function asked(
  admission: Admission,
  { candidates, lists, listing }: Ways,
  choice: Choice,
): Narrowed {
  if ('candidate' in choice) {
    const chosen = candidates[choice.candidate];
    return { admission: chosen?.admission ?? admission, few: chosen !== undefined };
  }
  const { rows } = admission;
  const marked = new Set(choice.listed.flatMap((index) => lists[index] ?? []));
  if (rows === undefined || marked.size === 0) return { admission, few: false };
  const key = choice.listed.join(' ');
  const made = listing.get(key) ?? { ...admission, rows: keptRows(withListed(rows, marked)) };
  listing.set(key, made);
  return { admission: made, few: false };
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
