import type { Filter } from '@objectos/spec/contracts';
import { fieldPath, isQuantifier, quantified } from './comparison.js';
import { group, type FilterReader } from './filter-reader.js';
import { findLogical, findOperator } from './operators.js';
import { invalidFilter, shown } from './refuse.js';
import { isList, isPlainObject } from './shapes.js';

/**
 * Reads the four tuple forms: `["status","=","new"]`, `["or", n, n]`, `[[…],[…]]` and
 * `[[…],"or",[…]]`.
 * @throws `invalid_filter`, `unknown_operator`, `limit_exceeded`
 */
export function readTuple(reader: FilterReader, input: readonly unknown[], depth: number): Filter {
  const [head] = input;
  if (input.length === 0) return { op: 'and', args: [] };
  if (typeof head !== 'string') return readList(reader, input, depth);
  const logical = findLogical(head);
  const rest = input.slice(1);
  if (logical !== undefined && rest.every(isCondition)) {
    return readPrefix(reader, logical, { rest, depth });
  }
  return readComparison(reader, input, depth);
}

function isCondition(input: unknown): boolean {
  return isList(input) || isPlainObject(input);
}

function readPrefix(
  reader: FilterReader,
  logical: 'and' | 'or' | 'not',
  list: { readonly rest: readonly unknown[]; readonly depth: number },
): Filter {
  const args = list.rest.map((item) => reader.read(item, list.depth + 1));
  if (logical !== 'not') return group(logical, args);
  const [arg] = args;
  if (arg === undefined || args.length > 1) throw invalidFilter('"not" takes one condition');
  return { op: 'not', arg };
}

/** `[[…],[…]]` is "and"; with words between, all of them must be the same one. */
function readList(reader: FilterReader, input: readonly unknown[], depth: number): Filter {
  const words = Array.from(input).filter((item) => !isCondition(item));
  if (words.length === 0) {
    return group(
      'and',
      input.map((item) => reader.read(item, depth + 1)),
    );
  }
  const word = infixWord(input, words);
  const conditions = input.filter((_, index) => index % 2 === 0);
  return group(
    word,
    conditions.map((item) => reader.read(item, depth + 1)),
  );
}

function infixWord(input: readonly unknown[], words: readonly unknown[]): 'and' | 'or' {
  const [first] = words;
  const word = findLogical(first);
  if (word === undefined || word === 'not') {
    throw invalidFilter(`a list of conditions holds ${shown(first)}`);
  }
  const alternates =
    input.length % 2 === 1 && input.every((item, index) => isCondition(item) === (index % 2 === 0));
  if (!alternates) throw invalidFilter(`"${word}" must stand between two conditions`);
  if (words.some((other) => findLogical(other) !== word)) {
    throw invalidFilter(
      '"and" and "or" stand beside each other; nest them to say which binds first',
    );
  }
  return word;
}

function readComparison(reader: FilterReader, input: readonly unknown[], depth: number): Filter {
  const [field, operator, value] = input;
  if (input.length < 2 || input.length > 3) {
    throw invalidFilter(`a comparison is [field, operator, value], not ${input.length} parts`);
  }
  if (typeof operator !== 'string') {
    throw invalidFilter(`an operator is text, not ${shown(operator)}`);
  }
  const quantifier = operator.toLowerCase();
  if (isQuantifier(quantifier) && input.length === 3) {
    return quantified(fieldPath(field), quantifier, reader.read(value, depth + 1));
  }
  const impliedValue = findOperator(operator)?.op === 'isNull' && (value ?? null) === null;
  if (input.length === 2 && !impliedValue) {
    throw invalidFilter(`the comparison of ${shown(field)} has no value`);
  }
  return reader.compare(field, operator, impliedValue ? true : value);
}
