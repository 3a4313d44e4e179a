import type { BinaryNode, PathNode, TypedExpression } from '../syntax/ast.js';
import type { FormulaType } from '../types.js';
import { NUMERIC, TEXTUAL } from '../values/kinds.js';
import {
  anyOf,
  booleanOf,
  condition,
  isTrue,
  numberOf,
  numberOrNull,
  textOf,
  unscaled,
  type Builder,
} from './build.js';
import { blank, equality, relation } from './compare.js';
import { wordsOf } from './dialect.js';
import { compileCallSql } from './functions.js';
import { literalNumber, negated, product, quotient, realSql, rounded, sum } from './numbers.js';
import { membership, sequence } from './logic.js';
import { distance, shifted } from './moments.js';
import { joined } from './text.js';
import {
  NotCompilable,
  notCompilable,
  type MomentSql,
  type Sql,
  type SqlColumn,
  type SqlOutcome,
  type SqlSource,
  type SqlTarget,
} from './types.js';

/** Longest expression: it stands in every statement that uses the field. */
const MAX_LENGTH = 20_000;

/**
 * Writes a checked formula as an SQL expression that gives what the interpreter gives: numbers are
 * computed as whole numbers of their last decimal place, blanks and errors follow the rules of the
 * language. What a database cannot do exactly is refused with the reason, never approximated.
 *
 * Numbers are exact up to 18 digits, in every step. Beyond that SQLite goes on in doubles.
 *
 * @example
 * const formula = compileFormula('amount * 0.1', { fields: () => 'currency' });
 * const outcome = compileFormulaSql(formula, {
 *   dialect: 'sqlite',
 *   scale: 2,
 *   column: ([name]) => ({ sql: `"${name}"`, type: 'decimal', scale: 2 }),
 * });
 */
export function compileFormulaSql(formula: SqlSource, target: SqlTarget): SqlOutcome {
  const builder: Builder = {
    words: wordsOf(target.dialect),
    blankAs: target.blankAs ?? 'blank',
    column: (path) => target.column(path),
    compile: (node) => compileNode(node, builder),
  };
  try {
    const outcome = finish(builder.compile(formula.ast), formula.type, target, builder);
    if (outcome.sql.length > MAX_LENGTH) notCompilable('it is too long for a statement');
    return outcome;
  } catch (error) {
    if (error instanceof NotCompilable) return { ok: false, reason: error.message };
    throw error;
  }
}

/** The value as the database stores it, NULL where evaluation fails. */
function finish(
  value: Sql,
  type: FormulaType,
  target: SqlTarget,
  builder: Builder,
): Extract<SqlOutcome, { ok: true }> {
  const { words } = builder;
  const guarded = (sql: string): string =>
    value.error === undefined ? sql : `(CASE WHEN NOT ${value.error} THEN ${sql} END)`;
  if (value.kind === 'null' ? type === 'boolean' : value.kind === 'boolean') {
    return { ok: true, type: 'boolean', sql: guarded(isTrue(booleanOf(value, builder))) };
  }
  if (value.kind === 'number' || value.kind === 'real') {
    // A result whose type only NULL has is left as it is.
    const blankAs = NUMERIC.has(type) ? builder.blankAs : 'blank';
    const number = numeric(value, target, { ...builder, blankAs });
    return { ok: true, type: 'decimal', sql: guarded(number) };
  }
  if (value.kind === 'text') {
    const { sql } = textOf(value, builder);
    return {
      ok: true,
      type: 'text',
      sql: words.collate(guarded(`NULLIF(${sql}, ${words.text('')})`)),
    };
  }
  if (value.kind === 'date' || value.kind === 'datetime' || value.kind === 'time') {
    return { ok: true, type: value.kind, sql: guarded(words.write[value.kind](value.sql)) };
  }
  return notCompilable(
    `its result is ${value.kind === 'null' ? 'always empty' : `a ${value.kind}`}`,
  );
}

function numeric(value: Sql, { scale }: SqlTarget, builder: Builder): string {
  if (value.kind === 'real') {
    if (scale !== undefined) notCompilable(`it rounds ${unscaled(value)}`);
    return builder.blankAs === 'zero' && value.nullable ? `COALESCE(${value.sql}, 0)` : value.sql;
  }
  const number = numberOf(value, builder);
  return realSql(
    scale === undefined ? number : rounded(number, { places: scale, mode: 'half-up', builder }),
    builder,
  );
}

function compileNode(node: TypedExpression, builder: Builder): Sql {
  switch (node.kind) {
    case 'literal':
      return literal(node.value, builder);
    case 'path':
      return path(node, builder);
    case 'unary': {
      const operand = builder.compile(node.operand);
      if (node.operator === 'not') {
        const value = booleanOf(operand, builder);
        return condition(`(NOT ${isTrue(value)})`, value.error);
      }
      // The sign of a value that is not there is not there, however blanks count.
      if (operand.kind === 'duration')
        return node.operator === '-' ? { ...operand, sql: `(-${operand.sql})` } : operand;
      const value = numberOrNull(operand, builder);
      return node.operator === '-' ? negated(value) : value;
    }
    case 'binary':
      return binary(node, builder);
    case 'in':
      return membership(node.subject, node.options, { negated: node.negated, builder });
    case 'call':
      return compileCallSql(node, builder);
  }
}

function literal(
  value: Extract<TypedExpression, { kind: 'literal' }>['value'],
  builder: Builder,
): Sql {
  if (value === null) return { kind: 'null', nullable: true };
  if (typeof value === 'boolean')
    return { kind: 'boolean', sql: value ? 'TRUE' : 'FALSE', nullable: false };
  if (typeof value !== 'string') return literalNumber(value, builder);
  // Neither can be stored, and both could cut a statement short.
  if (value.includes('\0') || /\p{Surrogate}/u.test(value)) {
    return notCompilable('it has a text that databases cannot hold');
  }
  return { kind: 'text', sql: builder.words.text(value), nullable: false };
}

function path(node: PathNode, { words, column }: Builder): Sql {
  if (node.segments[0]?.startsWith('$') === true) {
    return notCompilable(`${node.segments.join('.')} depends on who asks, and when`);
  }
  const found = column(node.segments);
  if (found === undefined) return notCompilable(`"${node.segments.join('.')}" has no column`);
  const value = columnSql(found, words);
  return value.kind === 'real' ? { ...value, path: node.segments.join('.') } : value;
}

function columnSql({ sql, type, scale }: SqlColumn, words: Builder['words']): Sql {
  switch (type) {
    case 'text':
    case 'boolean':
    case 'list':
      return { kind: type, sql, nullable: true };
    case 'integer':
      return {
        kind: 'number',
        sql: words.name === 'postgres' ? `${sql}::numeric` : sql,
        scale: 0,
        nullable: true,
      };
    case 'decimal':
      return scale === undefined
        ? { kind: 'real', sql: words.real(sql), nullable: true }
        : { kind: 'number', sql: words.scaled(sql, scale), scale, nullable: true };
    case 'real':
      return { kind: 'real', sql: words.real(sql), nullable: true };
    case 'date':
    case 'datetime':
    case 'time':
      return { kind: type, sql: words.read[type](sql), nullable: true };
  }
}

function binary(node: BinaryNode<TypedExpression>, builder: Builder): Sql {
  const { operator } = node;
  const left = builder.compile(node.left);
  const right = builder.compile(node.right);
  switch (operator) {
    case 'and':
    case 'or':
      return sequence(
        [booleanOf(left, builder), booleanOf(right, builder)],
        operator === 'and' ? 'AND' : 'OR',
      );
    case '=':
    case '<>': {
      const other = isNull(node.right) ? left : isNull(node.left) ? right : undefined;
      if (other !== undefined) {
        const missing = blank(other, builder);
        return condition(operator === '=' ? missing : `(NOT ${missing})`, other.error);
      }
      const types = { leftNode: node.left, rightNode: node.right };
      const found = equality(left, right, types, builder);
      return condition(operator === '=' ? found.same : found.different, found.error);
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return relation(left, right, operator, builder);
    case '&':
      return joined([left, right], builder);
    default:
      return arithmetic(node, left, right, builder);
  }
}

function arithmetic(
  node: BinaryNode<TypedExpression>,
  left: Sql,
  right: Sql,
  builder: Builder,
): Sql {
  const { operator } = node;
  if (TEXTUAL.has(node.left.type) || TEXTUAL.has(node.right.type)) {
    const [a, b] = [textOf(left, builder), textOf(right, builder)];
    return {
      kind: 'text',
      sql: `(${a.sql} || ${b.sql})`,
      nullable: false,
      error: anyOf(a.error, b.error),
    };
  }
  if (isMoment(left) || isMoment(right)) {
    if (builder.blankAs === 'zero' && (node.left.type === 'any' || node.right.type === 'any')) {
      return notCompilable('it counts NULL as a number or a date, whichever comes');
    }
    return momentArithmetic(operator, left, right, builder);
  }
  const [a, b] = [numberOf(left, builder), numberOf(right, builder)];
  switch (operator) {
    case '+':
    case '-':
      return sum(a, b, operator);
    case '*':
      return product(a, b);
    case '/':
      return quotient(a, b, builder);
    default:
      return notCompilable(`"${operator}" cannot be computed exactly in the database`);
  }
}

function momentArithmetic(operator: string, left: Sql, right: Sql, builder: Builder): Sql {
  if (operator === '+' && isMoment(left))
    return shifted(left, stepOf(right, builder), '+', builder);
  if (operator === '+' && isMoment(right))
    return shifted(right, stepOf(left, builder), '+', builder);
  if (operator === '-' && isMoment(left)) {
    return isMoment(right) && right.kind !== 'duration'
      ? distance(left, right, builder)
      : shifted(left, stepOf(right, builder), '-', builder);
  }
  return notCompilable('it multiplies a duration');
}

function stepOf(value: Sql, builder: Builder): Sql {
  return value.kind === 'duration' ? value : numberOf(value, builder);
}

function isMoment(value: Sql): value is MomentSql {
  return (
    value.kind === 'date' ||
    value.kind === 'datetime' ||
    value.kind === 'time' ||
    value.kind === 'duration'
  );
}

function isNull(node: TypedExpression): boolean {
  return node.kind === 'literal' && node.value === null;
}
