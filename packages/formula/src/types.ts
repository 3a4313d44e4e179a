import type { Decimal } from './decimal/decimal.js';
import type { TypedExpression } from './syntax/ast.js';

/** The static type of a formula or of a part of it; `any` is known only at run time. */
export type FormulaType =
  | 'any'
  | 'boolean'
  | 'number'
  | 'currency'
  | 'percent'
  | 'text'
  | 'picklist'
  | 'reference'
  | 'date'
  | 'datetime'
  | 'time'
  | 'duration'
  | 'list'
  | 'location'
  | 'object';

/** A calendar day, counted from 1970-01-01. */
export interface DateValue {
  readonly kind: 'date';
  readonly days: number;
}

/** An instant, in milliseconds since 1970-01-01T00:00:00Z. */
export interface DateTimeValue {
  readonly kind: 'datetime';
  readonly ms: number;
}

/** A time of day, in milliseconds since midnight. */
export interface TimeValue {
  readonly kind: 'time';
  readonly ms: number;
}

/** A length of time in milliseconds. */
export interface DurationValue {
  readonly kind: 'duration';
  readonly ms: number;
}

/** An amount with its ISO 4217 code. Amounts of different codes never mix. */
export interface MoneyValue {
  readonly kind: 'money';
  readonly amount: FormulaNumber;
  readonly currency: string;
}

/** Several values, such as those of a multi-select field. */
export interface ListValue {
  readonly kind: 'list';
  readonly items: readonly FormulaValue[];
}

/** A structured field value (address, location, JSON); read its parts by path. */
export interface ObjectValue {
  readonly kind: 'object';
  readonly value: Readonly<Record<string, unknown>>;
}

/** A JavaScript number stands for its shortest decimal text, so `0.1` is exactly one tenth. */
export type FormulaNumber = number | Decimal;

/** What an evaluation gives. Turn it into an API value with `toJs`. */
export type FormulaValue =
  | null
  | boolean
  | string
  | FormulaNumber
  | DateValue
  | DateTimeValue
  | TimeValue
  | DurationValue
  | MoneyValue
  | ListValue
  | ObjectValue;

/** What a formula reads while it is evaluated. Record values are API values (see `toJs`). */
export interface FormulaScope {
  readonly record: Readonly<Record<string, unknown>>;
  /** The record before the change; absent on insert and outside a change. */
  readonly previous?: Readonly<Record<string, unknown>> | undefined;
  readonly isNew: boolean;
  /** True when the new record is a copy of another (`ISCLONE`). */
  readonly isClone?: boolean | undefined;
  /** `$User`. */
  readonly user?: Readonly<Record<string, unknown>> | undefined;
  /** `$Org`. */
  readonly org?: Readonly<Record<string, unknown>> | undefined;
  /** The instant of `NOW()`; keep it the same within a transaction. */
  readonly now: Date;
  /** IANA name of the zone in which dates and hours are read, such as `Europe/Zurich`. */
  readonly timezone: string;
  /** Units of each currency per one unit of the base currency, for `CONVERTCURRENCY`. */
  readonly rates?: ReadonlyMap<string, number> | undefined;
  /** Reads a path of several segments; without it such a path walks nested objects of the record. */
  get?(path: readonly string[]): unknown;
}

/** How a number field without a value counts: as 0, or as no value. */
export type BlankMode = 'zero' | 'blank';

/** Options of `compileFormula`. */
export interface FormulaOptions {
  /** The type of a field path; `undefined` says that there is no such field. Without it every path is `any`. */
  readonly fields?: ((path: readonly string[]) => FormulaType | undefined) | undefined;
  /** Names to suggest from when a field is unknown. */
  readonly names?: Iterable<string> | undefined;
  /** The type the result must have. */
  readonly expect?: FormulaType | undefined;
  /** Defaults to `blank`. */
  readonly blankAs?: BlankMode | undefined;
}

/** A remark about a formula that works but should be written otherwise. */
export interface FormulaNotice {
  readonly message: string;
  readonly line: number;
  readonly column: number;
  /** Character of the formula, counted from 1. */
  readonly position: number;
}

/** A formula, ready to be evaluated any number of times. */
export interface CompiledFormula {
  readonly source: string;
  readonly type: FormulaType;
  readonly ast: TypedExpression;
  /** The field paths it reads, each once; `$User` and `$Org` are not fields. */
  readonly paths: readonly (readonly string[])[];
  /** The functions it calls, in upper case, each once. */
  readonly functions: readonly string[];
  /** True when it compares with the record before the change (ISCHANGED, PRIORVALUE, ISNEW, ISCLONE). */
  readonly needsPrevious: boolean;
  /** True when its value depends on the clock (NOW, TODAY, $Now, DAYS_UNTIL). */
  readonly volatile: boolean;
  readonly notices: readonly FormulaNotice[];
  /**
   * Gives the value for one record.
   *
   * @throws formula_evaluation when there is no value (division by zero, a bad date)
   * @throws formula_limit when it works on too much text
   */
  evaluate(scope: FormulaScope): FormulaValue;
}
