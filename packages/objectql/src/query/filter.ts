import type { Filter } from '@objectos/spec/contracts';
import { fieldPath, quantified } from './comparison.js';
import { readObjectForm } from './filter-object.js';
import { createReader, group, type FilterReader } from './filter-reader.js';
import { readTuple } from './filter-tuple.js';
import { findLogical } from './operators.js';
import { along } from './path.js';
import { invalidFilter, shown } from './refuse.js';
import { isList, isPlainObject, type PlainObject } from './shapes.js';

/**
 * Reads a filter in any published syntax into the AST: the object form, the four tuple forms, the
 * AST itself, or JSON text of these. What the filter names (fields, values) is checked by the
 * planner later; its shape, operators and size are checked here.
 *
 * @returns nothing when there is no condition (`undefined`, `null`, `{}`, `[]`)
 * @throws `invalid_filter`, `unknown_operator`, `limit_exceeded`
 * @example
 * normalizeFilter({ amount: { $gte: 100 } });   // { op: 'gte', field: 'amount', value: 100 }
 * normalizeFilter('["status","in",["a","b"]]'); // { op: 'in', field: 'status', value: ['a', 'b'] }
 */
export function normalizeFilter(input: unknown): Filter | undefined {
  if (input === undefined || input === null) return undefined;
  const parsed = typeof input === 'string' ? parseText(input) : input;
  const filter = createReader(readAny).read(parsed, 1);
  return filter.op === 'and' && filter.args.length === 0 ? undefined : filter;
}

function parseText(text: string): unknown {
  if (text.trim() === '') throw invalidFilter('it is empty');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw invalidFilter(`${shown(text)} is not JSON`);
  }
}

function readAny(reader: FilterReader, input: unknown, depth: number): Filter {
  if (isList(input)) return readTuple(reader, input, depth);
  if (!isPlainObject(input)) {
    throw invalidFilter(`a condition is an object or a list, not ${shown(input)}`);
  }
  return readTree(reader, input, depth) ?? readObjectForm(reader, input, depth);
}

/** The AST, told from the object form by having exactly its keys; anything else is not one. */
function readTree(reader: FilterReader, input: PlainObject, depth: number): Filter | undefined {
  const { op, args, arg } = input;
  if (typeof op !== 'string') return undefined;
  const relational = readRelational(reader, input, depth);
  if (relational !== undefined) return relational;
  if (hasExactly(input, ['op', 'field', 'value'])) {
    return reader.compare(input.field, op, input.value);
  }
  const logical = findLogical(op);
  if (logical === 'not' && hasExactly(input, ['op', 'arg'])) {
    return { op: logical, arg: reader.read(arg, depth + 1) };
  }
  if (logical === undefined || logical === 'not' || !hasExactly(input, ['op', 'args'])) {
    return undefined;
  }
  if (!isList(args)) throw invalidFilter(`"args" of "${logical}" is a list, not ${shown(args)}`);
  return group(
    logical,
    Array.from(args, (item) => reader.read(item, depth + 1)),
  );
}

/** The conditions of the AST that lead through relations, or compare fields. */
function readRelational(
  reader: FilterReader,
  input: PlainObject,
  depth: number,
): Filter | undefined {
  const { op, relation, where, operator, field } = input;
  if ((op === 'related' || op === 'some') && hasExactly(input, ['op', 'relation', 'where'])) {
    const path = fieldPath(relation);
    const inner = reader.read(where, depth + 1);
    return op === 'some' ? quantified(path, 'some', inner) : along(path, inner);
  }
  if (op === 'compareFields' && hasExactly(input, ['op', 'operator', 'field', 'other'])) {
    return reader.compare(field, textOf(operator), { $field: input['other'] });
  }
  if (op === 'tree' && hasExactly(input, ['op', 'operator', 'field', 'value'])) {
    return reader.compare(field, textOf(operator), input['value']);
  }
  return undefined;
}

function textOf(operator: unknown): string {
  if (typeof operator === 'string') return operator;
  throw invalidFilter(`an operator is text, not ${shown(operator)}`);
}

function hasExactly(input: PlainObject, keys: readonly string[]): boolean {
  return (
    Object.keys(input).length === keys.length && keys.every((key) => Object.hasOwn(input, key))
  );
}
