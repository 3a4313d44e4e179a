import type {
  IndexSchema,
  RankColumn,
  RowMatch,
  SearchTerm,
  TableSchema,
} from '@objectql/core/driver';
import type { Bind } from './dialect.js';
import { storageFailed } from './errors.js';
import { qualified, type Planner, type TablePlan } from './plan.js';

/** How much of a text is indexed: databases bound what an index holds of one text. */
export const INDEXED_CHARACTERS = 100_000;

/** Rows that a search looks at, and what it looks for. */
export interface Searched {
  /** The rows of the statement as their columns are written: quoted name or alias. */
  readonly rows: string;
  readonly index: IndexSchema;
  /** The columns to look into, with their qualified text; in the order of the index. */
  readonly columns: readonly { readonly position: number; readonly text: string }[];
  readonly terms: readonly SearchTerm[];
  readonly bind: Bind;
}

/** Full-text indexes of one database. */
export interface FullText {
  /** Statements that make the index, with the rows that there are. */
  create(table: TableSchema, index: IndexSchema): readonly string[];
  /** Statements that remove it. */
  drop(index: string, table: string): readonly string[];
  /** True or false, never unknown, where the row is found. */
  match(searched: Searched, negated: boolean): string;
  /** What the rank is. */
  rank(searched: Searched): Ranked;
}

/** A rank, and the text of what must be joined for it; binds when it is asked for. */
export interface Ranked {
  readonly join: (() => string) | undefined;
  readonly value: string;
}

/** @throws `storage_failed` for columns that the index does not have, and where nothing is asked */
export function searchedOf(
  { index, columns, terms }: RowMatch,
  scope: {
    readonly planner: Planner;
    readonly table: Pick<TablePlan, 'column'>;
    readonly rows: string;
    readonly bind: Bind;
  },
): Searched {
  const { planner, table, rows, bind } = scope;
  const unknown = columns.find((column) => !index.columns.includes(column));
  if (unknown !== undefined || columns.length === 0 || terms.some(isEmpty) || terms.length === 0) {
    const what = unknown === undefined ? 'nothing' : `"${unknown}"`;
    throw storageFailed(planner.dialect.name, `a search for ${what} in "${index.name}"`);
  }
  const wanted = new Set(columns);
  const places = index.columns.flatMap((name, position) =>
    wanted.has(name) ? [{ position, text: qualified(table.column(name), rows) }] : [],
  );
  return { rows, index, columns: places, terms, bind };
}

function isEmpty({ words }: SearchTerm): boolean {
  return words.length === 0 || words.some((word) => !/^[\p{L}\p{Nd}]+$/u.test(word));
}

/** The join and the value of a derived rank. */
export function rankSql({ match }: RankColumn, scope: Parameters<typeof searchedOf>[1]): Ranked {
  return scope.planner.dialect.fullText.rank(searchedOf(match, scope));
}
