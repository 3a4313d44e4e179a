import type { TypedExpression } from '../syntax/ast.js';
import { NUMERIC, TEXTUAL } from '../values/kinds.js';
import {
  anyOf,
  booleanOf,
  comparable,
  condition,
  holds,
  isTrue,
  textOf,
  type Builder,
} from './build.js';
import { comparedNumbers, literalNumber, product, quotient } from './numbers.js';
import { notCompilable, type BooleanSql, type NumberSql, type Sql } from './types.js';

const DAY_MS = 86_400_000;

/** Two conditions: the values are the same; the values are there and differ. */
export interface EqualitySql {
  readonly same: string;
  readonly different: string;
  readonly error: string | undefined;
}

/** True for no value, the empty text and the empty list. */
export function blank(value: Sql, builder: Builder): string {
  switch (value.kind) {
    case 'null':
      return 'TRUE';
    case 'text':
      return `(${textOf(value, builder).sql} = ${builder.words.text('')})`;
    case 'list':
      return builder.words.listIsEmpty(value.sql);
    default:
      return value.nullable ? `(${value.sql} IS NULL)` : 'FALSE';
  }
}

/** Whether two values are equal, under the null rules of the language. */
export function equality(
  left: Sql,
  right: Sql,
  types: { readonly leftNode: TypedExpression; readonly rightNode: TypedExpression },
  builder: Builder,
): EqualitySql {
  const textual = TEXTUAL.has(types.leftNode.type) || TEXTUAL.has(types.rightNode.type);
  const numeric = NUMERIC.has(types.leftNode.type) || NUMERIC.has(types.rightNode.type);
  const error = anyOf(left.error, right.error);
  if (textual) {
    const [a, b] = [textOf(left, builder).sql, textOf(right, builder).sql];
    return { same: `(${a} = ${b})`, different: `(${a} <> ${b})`, error };
  }
  if (left.kind === 'null' || right.kind === 'null') {
    if (builder.blankAs !== 'zero' || !numeric) return { same: 'FALSE', different: 'FALSE', error };
  }
  const [a, b] = sides(left, right, builder);
  const nullable = a.nullable || b.nullable;
  return {
    same: holds(`${a.sql} = ${b.sql}`, nullable),
    different: holds(`${a.sql} <> ${b.sql}`, nullable),
    error,
  };
}

/** `<`, `<=`, `>`, `>=`; false where a value is missing. */
export function relation(
  left: Sql,
  right: Sql,
  operator: '<' | '<=' | '>' | '>=',
  builder: Builder,
): BooleanSql {
  const error = anyOf(left.error, right.error);
  if (left.kind === 'null' && right.kind === 'null') return condition('FALSE', error);
  if (left.kind === 'text' || right.kind === 'text') {
    const [a, b] = [textSide(left, builder), textSide(right, builder)];
    return condition(holds(`${a.sql} ${operator} ${b.sql}`, a.nullable || b.nullable), error);
  }
  if (left.kind === 'boolean' || right.kind === 'boolean') {
    return notCompilable('true and false have no order');
  }
  const [a, b] = sides(left, right, builder);
  return condition(holds(`${a.sql} ${operator} ${b.sql}`, a.nullable || b.nullable), error);
}

interface Side {
  readonly sql: string;
  readonly nullable: boolean;
}

/** In an order, text without value compares false; only in equality it is the empty text. */
function textSide(value: Sql, builder: Builder): Side {
  if (value.kind === 'null') return { sql: builder.words.nulls.text, nullable: true };
  if (value.kind !== 'text') return notCompilable('text is compared with something else');
  return { sql: builder.words.collate(value.sql), nullable: value.nullable };
}

function sides(left: Sql, right: Sql, builder: Builder): readonly [Side, Side] {
  if (left.kind === 'boolean' || right.kind === 'boolean') {
    return [booleanSide(left, builder), booleanSide(right, builder)];
  }
  if (left.kind === 'duration' || right.kind === 'duration') {
    return numberSides(inMilliseconds(left, builder), inMilliseconds(right, builder), builder);
  }
  if (isNumber(left) || isNumber(right)) {
    return numberSides(comparable(left, builder), comparable(right, builder), builder);
  }
  return [momentSide(left, right.kind), momentSide(right, left.kind)];
}

function isNumber(value: Sql): boolean {
  return value.kind === 'number' || value.kind === 'real';
}

function numberSides(
  a: ReturnType<typeof comparable>,
  b: ReturnType<typeof comparable>,
  builder: Builder,
): readonly [Side, Side] {
  const [left, right] = comparedNumbers(a, b, builder);
  return [
    { sql: left, nullable: a.nullable },
    { sql: right, nullable: b.nullable },
  ];
}

/** A duration that meets a number counts in days. */
function inMilliseconds(value: Sql, builder: Builder): NumberSql {
  if (value.kind === 'duration') return { ...value, kind: 'number', scale: 0 };
  const number = comparable(value, builder);
  if (number.kind === 'real') return notCompilable('it compares days without a scale');
  return product(number, literalNumber(DAY_MS, builder));
}

function booleanSide(value: Sql, builder: Builder): Side {
  const truth = booleanOf(value, builder);
  // SQLite keeps truth as a number, and a condition may be written either way.
  return truth.nullable ? truth : { sql: isTrue(truth), nullable: false };
}

function momentSide(value: Sql, other: Sql['kind']): Side {
  if (value.kind === 'null') return { sql: 'NULL', nullable: true };
  if (value.kind === 'date' || value.kind === 'datetime' || value.kind === 'time') {
    if (other === value.kind || other === 'null') return value;
    return notCompilable('a date meets a datetime, which depends on the time zone');
  }
  return notCompilable(`a ${value.kind} is compared`);
}

/** Milliseconds as days, exactly. */
export function asDays(milliseconds: NumberSql, builder: Builder): NumberSql {
  return quotient(milliseconds, literalNumber(DAY_MS, builder), builder);
}
