import type { BlankMode } from '../types.js';
import type { TypedExpression } from '../syntax/ast.js';
import type { SqlWords } from './dialect.js';
import {
  notCompilable,
  type BooleanSql,
  type ListSql,
  type NumberSql,
  type RealSql,
  type Sql,
  type SqlColumn,
  type TextSql,
} from './types.js';

/** What the parts of one compilation share. */
export interface Builder {
  readonly words: SqlWords;
  readonly blankAs: BlankMode;
  readonly column: (path: readonly string[]) => SqlColumn | undefined;
  /** Compiles a part. */
  readonly compile: (node: TypedExpression) => Sql;
}

/** Most digits after the point that are computed with. */
export const MAX_SCALE = 15;

/** The error conditions that are there, joined. */
export function anyOf(...errors: readonly (string | undefined)[]): string | undefined {
  const present = [...new Set(errors.filter((error) => error !== undefined))];
  if (present.length <= 1) return present[0];
  return `(${present.join(' OR ')})`;
}

/** An error that counts only where a condition holds. */
export function onlyIf(condition: string, error: string | undefined): string | undefined {
  return error === undefined ? undefined : `(${condition} AND ${error})`;
}

/** True or false, never NULL. */
export function isTrue(value: BooleanSql): string {
  return value.nullable ? `(${value.sql} IS TRUE)` : value.sql;
}

/** A comparison that is false where a side is missing. */
export function holds(sql: string, nullable: boolean): string {
  return nullable ? `((${sql}) IS TRUE)` : `(${sql})`;
}

/** A condition that is never NULL. */
export function condition(sql: string, error?: string): BooleanSql {
  return { kind: 'boolean', sql, nullable: false, error };
}

/** The part as true or false. */
export function booleanOf(value: Sql, builder: Builder): BooleanSql {
  if (value.kind === 'boolean') return value;
  if (value.kind === 'null')
    return { kind: 'boolean', sql: builder.words.nulls.boolean, nullable: true };
  return notCompilable('true or false is needed');
}

/** The part as text, without value where it has none. */
export function textOrNull(value: Sql, builder: Builder): TextSql {
  if (value.kind === 'text') return value;
  if (value.kind === 'null') return { kind: 'text', sql: builder.words.nulls.text, nullable: true };
  return notCompilable(`a ${value.kind} stands where text is needed`);
}

/** The part as text; no value is the empty text. */
export function textOf(value: Sql, builder: Builder): TextSql {
  const text = textOrNull(value, builder);
  return text.nullable
    ? { ...text, sql: `COALESCE(${text.sql}, ${builder.words.text('')})`, nullable: false }
    : text;
}

/** The part as a list; one text counts as a list of one, which is not written in SQL. */
export function listOf(value: Sql): ListSql {
  return value.kind === 'list' ? value : notCompilable('a list is needed');
}

/** The part as a number to compare: blank counts as the formula says. */
export function comparable(value: Sql, builder: Builder): NumberSql | RealSql {
  if (value.kind === 'real') {
    if (builder.blankAs !== 'zero' || !value.nullable) return value;
    return { ...value, sql: `COALESCE(${value.sql}, 0)`, nullable: false };
  }
  return numberOf(value, builder);
}

/** The part as a number to compute with: blank counts as the formula says. */
export function numberOf(value: Sql, builder: Builder): NumberSql {
  const number = numberOrNull(value, builder);
  if (builder.blankAs !== 'zero' || !number.nullable) return number;
  return { ...number, sql: `COALESCE(${number.sql}, 0)`, nullable: false };
}

/** How a refusal calls a number whose digits after the point nobody states. */
export function unscaled({ path }: RealSql): string {
  return path === undefined ? 'a number field without a scale' : `"${path}", which has no scale`;
}

/** The part as a number to compute with. */
export function numberOrNull(value: Sql, builder: Builder): NumberSql {
  if (value.kind === 'number') return value;
  if (value.kind === 'null') {
    return { kind: 'number', sql: builder.words.nulls.number, scale: 0, nullable: true };
  }
  if (value.kind === 'real') {
    return notCompilable(`it computes with ${unscaled(value)}`);
  }
  return notCompilable(`a ${value.kind} stands where a number is needed`);
}
