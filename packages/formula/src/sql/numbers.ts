import type { RoundingMode } from '../decimal/rounding.js';
import { stripZeros, toDecimal } from '../decimal/decimal.js';
import type { FormulaNumber } from '../types.js';
import { anyOf, holds, MAX_SCALE, type Builder } from './build.js';
import { notCompilable, type NumberSql, type RealSql } from './types.js';

const MAX_LITERAL = 10n ** 18n;

/** A constant. */
export function literalNumber(value: FormulaNumber, builder: Builder): NumberSql {
  const { coefficient, scale } = stripZeros(toDecimal(value));
  if (coefficient >= MAX_LITERAL || coefficient <= -MAX_LITERAL || scale > MAX_SCALE) {
    return notCompilable('it has a constant with too many digits');
  }
  return constant(coefficient, scale, builder);
}

function constant(whole: bigint, scale: number, { words }: Builder): NumberSql {
  const size = words.whole((whole < 0n ? -whole : whole).toString());
  const sql = whole < 0n ? `(-${size})` : size;
  return { kind: 'number', sql, scale, nullable: false, constant: whole };
}

/** `10^places` as a constant. */
function power(places: number): string {
  return `1${'0'.repeat(places)}`;
}

function times(sql: string, factor: string): string {
  if (factor === '1') return sql;
  return sql === '1' ? factor : `(${sql} * ${factor})`;
}

/** The same number at a larger scale. */
export function atScale(value: NumberSql, scale: number): NumberSql {
  if (scale > MAX_SCALE) return notCompilable('it needs too many digits after the point');
  return scale === value.scale
    ? value
    : {
        ...value,
        sql: times(value.sql, power(scale - value.scale)),
        scale,
        constant: undefined,
      };
}

/** Two numbers over one denominator and scale. */
function align(a: NumberSql, b: NumberSql): readonly [NumberSql, NumberSql, string | undefined] {
  const scale = Math.max(a.scale, b.scale);
  const [left, right] = [atScale(a, scale), atScale(b, scale)];
  if (a.denominator === b.denominator) return [left, right, a.denominator];
  const over = (one: NumberSql, other: string | undefined): NumberSql =>
    other === undefined ? one : { ...one, sql: times(one.sql, other), constant: undefined };
  return [
    over(left, b.denominator),
    over(right, a.denominator),
    times(a.denominator ?? '1', b.denominator ?? '1'),
  ];
}

function both(a: NumberSql, b: NumberSql): { nullable: boolean; error: string | undefined } {
  return { nullable: a.nullable || b.nullable, error: anyOf(a.error, b.error) };
}

/** Sum or difference. */
export function sum(a: NumberSql, b: NumberSql, operator: '+' | '-'): NumberSql {
  const [left, right, denominator] = align(a, b);
  const sql = `(${left.sql} ${operator} ${right.sql})`;
  return { kind: 'number', sql, scale: left.scale, denominator, ...both(a, b) };
}

/** Product. */
export function product(a: NumberSql, b: NumberSql): NumberSql {
  const scale = a.scale + b.scale;
  if (scale > MAX_SCALE) return notCompilable('it needs too many digits after the point');
  const denominator =
    a.denominator === undefined && b.denominator === undefined
      ? undefined
      : times(a.denominator ?? '1', b.denominator ?? '1');
  const sql = `(${a.sql} * ${b.sql})`;
  return { kind: 'number', sql, scale, denominator, ...both(a, b) };
}

/** Quotient. By a constant such as 100 or 8 it is a product; else it keeps its denominator. */
export function quotient(a: NumberSql, b: NumberSql, builder: Builder): NumberSql {
  const inverse = inverseOf(b, builder);
  if (inverse !== undefined) return product(a, inverse);
  // (a / 10^s) / (b / 10^t): the scales move to whichever side keeps both whole.
  const shift = a.scale - b.scale;
  const numerator = times(times(a.sql, b.denominator ?? '1'), power(Math.max(0, -shift)));
  const divisor = times(b.sql, a.denominator ?? '1');
  const isPositive = (b.constant ?? 0n) > 0n;
  const isZero = holds(`${b.sql} = 0${a.nullable ? ` AND ${a.sql} IS NOT NULL` : ''}`, b.nullable);
  return {
    kind: 'number',
    sql: isPositive ? numerator : `(${numerator} * sign(${divisor}))`,
    scale: Math.max(0, shift),
    denominator: isPositive ? divisor : `abs(${divisor})`,
    nullable: a.nullable || b.nullable,
    error: anyOf(a.error, b.error, isPositive ? undefined : isZero),
  };
}

/** `1 / b` where b is a constant whose inverse has an end. */
function inverseOf(b: NumberSql, builder: Builder): NumberSql | undefined {
  if (b.denominator !== undefined || b.constant === undefined || b.constant <= 0n) return undefined;
  let rest = b.constant;
  let scale = 0;
  let whole = 1n;
  for (; rest % 10n === 0n; scale++) rest /= 10n;
  for (; rest % 2n === 0n; scale++) [rest, whole] = [rest / 2n, whole * 5n];
  for (; rest % 5n === 0n; scale++) [rest, whole] = [rest / 5n, whole * 2n];
  if (rest !== 1n) return undefined;
  const shifted = scale - b.scale;
  const coefficient = shifted < 0 ? whole * 10n ** BigInt(-shifted) : whole;
  if (coefficient >= MAX_LITERAL || shifted > MAX_SCALE) return undefined;
  return constant(coefficient, Math.max(0, shifted), builder);
}

/** The number with the opposite sign. */
export function negated(value: NumberSql): NumberSql {
  return { ...value, sql: `(-${value.sql})`, constant: undefined };
}

/** The distance from zero. */
export function absolute(value: NumberSql): NumberSql {
  return { ...value, sql: `abs(${value.sql})`, constant: undefined };
}

/** Rounded to places after the point; negative places round before it. */
export function rounded(
  value: NumberSql,
  { places, mode, builder }: { places: number; mode: RoundingMode; builder: Builder },
): NumberSql {
  if (places > MAX_SCALE || places < -MAX_SCALE)
    return notCompilable('it rounds to too many places');
  const drop = value.scale - places;
  if (value.denominator === undefined && drop <= 0) return value;
  const numerator = drop < 0 ? times(value.sql, power(-drop)) : value.sql;
  const unit = times(value.denominator ?? '1', power(Math.max(0, drop)));
  const whole = divided(numerator, unit, mode, builder);
  const sql = places < 0 ? times(whole, power(-places)) : whole;
  return { ...value, sql, scale: Math.max(0, places), denominator: undefined, constant: undefined };
}

function divided(numerator: string, unit: string, mode: RoundingMode, builder: Builder): string {
  const { quotient: divide } = builder.words;
  const size = `abs(${numerator})`;
  const up = divide(`(${size} + ${unit} - 1)`, unit);
  switch (mode) {
    case 'down':
      return divide(numerator, unit);
    case 'up':
      return `(sign(${numerator}) * ${up})`;
    case 'half-up':
      return `(sign(${numerator}) * ${divide(`(2 * ${size} + ${unit})`, `(2 * ${unit})`)})`;
    case 'floor':
      return `(CASE WHEN ${numerator} < 0 THEN -${up} ELSE ${divide(numerator, unit)} END)`;
    case 'ceiling':
      return `(CASE WHEN ${numerator} > 0 THEN ${up} ELSE ${divide(numerator, unit)} END)`;
  }
}

/** Remainder with the sign of the dividend. */
export function modulo(a: NumberSql, b: NumberSql, builder: Builder): NumberSql {
  if (a.denominator !== undefined || b.denominator !== undefined) {
    return notCompilable('MOD of a quotient is not exact in the database');
  }
  const [left, right] = align(a, b);
  const isZero = holds(`${b.sql} = 0${a.nullable ? ` AND ${a.sql} IS NOT NULL` : ''}`, b.nullable);
  return {
    kind: 'number',
    sql: builder.words.remainder(left.sql, right.sql),
    scale: left.scale,
    nullable: a.nullable || b.nullable,
    error: anyOf(a.error, b.error, isZero),
  };
}

/** The smallest or largest; without value where one has none. */
export function extreme(values: readonly NumberSql[], operator: '<' | '>'): NumberSql {
  return values.reduce((best, next) => {
    const [left, right, denominator] = align(best, next);
    const isMissing = best.nullable || next.nullable;
    const guard = isMissing ? `WHEN ${left.sql} IS NULL OR ${right.sql} IS NULL THEN NULL ` : '';
    const sql = `(CASE ${guard}WHEN ${right.sql} ${operator} ${left.sql} THEN ${right.sql} ELSE ${left.sql} END)`;
    return { kind: 'number', sql, scale: left.scale, denominator, ...both(best, next) };
  });
}

/** Both sides of a comparison, as SQL that compares with any operator. */
export function comparedNumbers(
  a: NumberSql | RealSql,
  b: NumberSql | RealSql,
  builder: Builder,
): readonly [string, string] {
  if (a.kind === 'real' || b.kind === 'real') return [realSql(a, builder), realSql(b, builder)];
  const [left, right] = align(a, b);
  return [left.sql, right.sql];
}

/** The number as the database stores numbers. */
export function realSql(value: NumberSql | RealSql, builder: Builder): string {
  if (value.kind === 'real') return value.sql;
  if (value.denominator !== undefined) {
    return notCompilable('a quotient needs a scale: round it, or give the field one');
  }
  return builder.words.fraction(value.sql, value.scale);
}

/** The denominators of several branches, brought to one form. */
export function unifyNumbers(values: readonly NumberSql[]): readonly NumberSql[] {
  const scale = Math.max(...values.map((value) => value.scale));
  const hasDenominator = values.some((value) => value.denominator !== undefined);
  return values.map((value) => {
    const scaled = atScale(value, scale);
    return hasDenominator ? { ...scaled, denominator: scaled.denominator ?? '1' } : scaled;
  });
}
