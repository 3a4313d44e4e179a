import type { BlankMode, CompiledFormula } from '../types.js';

/** The databases that the compiler writes for. */
export type SqlDialectName = 'sqlite' | 'postgres';

/** How a column stores its values: the column types of the driver contract, and JSON lists. */
export type SqlColumnType =
  'text' | 'integer' | 'real' | 'decimal' | 'boolean' | 'date' | 'time' | 'datetime' | 'list';

/** Where a field path is to be found. */
export interface SqlColumn {
  /**
   * SQL that stands by itself: a quoted column, or a subquery in parentheses. It goes into the
   * statement as it is, so every identifier must come from metadata.
   */
  readonly sql: string;
  readonly type: SqlColumnType;
  /** Digits after the point that values of a `decimal` column have at most. Without it they are not computed with. */
  readonly scale?: number | undefined;
}

/** What to write for. */
export interface SqlTarget {
  readonly dialect: SqlDialectName;
  /** `undefined` says that the path has no column. */
  column(path: readonly string[]): SqlColumn | undefined;
  /** Digits after the point that a numeric result is rounded to, half away from zero. */
  readonly scale?: number | undefined;
  /** As the formula was compiled. Default `blank`. */
  readonly blankAs?: BlankMode | undefined;
}

/** An expression that gives for each row what `evaluate` and `toJs` give, or why there is none. */
export type SqlOutcome =
  | {
      readonly ok: true;
      /** Stands by itself; has no parameters. Where the formula has no value it is NULL. */
      readonly sql: string;
      readonly type: Exclude<SqlColumnType, 'list' | 'real' | 'integer'>;
    }
  | { readonly ok: false; readonly reason: string };

/** What the compiler reads of a formula. */
export type SqlSource = Pick<CompiledFormula, 'ast' | 'type'>;

/** Facts that every value bears. */
interface Common {
  /** May be NULL. */
  readonly nullable: boolean;
  /** True, and never NULL, in rows where evaluation has no value because of an error. */
  readonly error?: string | undefined;
}

/** `numerator / (denominator * 10^scale)`, both whole; the denominator is positive. */
export interface NumberSql extends Common {
  readonly kind: 'number';
  readonly sql: string;
  readonly scale: number;
  readonly denominator?: string | undefined;
  /** The numerator, where it is a constant of the formula. */
  readonly constant?: bigint | undefined;
}

/** A number with unknown digits: compared and passed on, never computed with. */
export interface RealSql extends Common {
  readonly kind: 'real';
  readonly sql: string;
  /** The path of the field that it is, for refusals. */
  readonly path?: string | undefined;
}

/** Text. */
export interface TextSql extends Common {
  readonly kind: 'text';
  readonly sql: string;
}

/** True or false. */
export interface BooleanSql extends Common {
  readonly kind: 'boolean';
  readonly sql: string;
}

/** A JSON list of texts. */
export interface ListSql extends Common {
  readonly kind: 'list';
  readonly sql: string;
}

/** A whole number: days since 1970 for a date, milliseconds for the others. */
export interface MomentSql extends Common {
  readonly kind: 'date' | 'datetime' | 'time' | 'duration';
  readonly sql: string;
}

/** No value, of no type. */
export interface NullSql extends Common {
  readonly kind: 'null';
}

/** A part of a formula as SQL. Every `sql` stands by itself (parenthesised where needed). */
export type Sql = NumberSql | RealSql | TextSql | BooleanSql | ListSql | MomentSql | NullSql;

/** Says why a part cannot be written as SQL; caught where compilation begins. */
export class NotCompilable extends Error {}

/** Ends the compilation. */
export function notCompilable(reason: string): never {
  throw new NotCompilable(reason);
}
