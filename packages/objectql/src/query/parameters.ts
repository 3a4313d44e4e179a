import type { Filter, Query } from '@objectos/spec/contracts';
import { comparison } from './comparison.js';
import { booleanFromText, numberFromText } from './paging.js';
import { queryFromParts } from './parts.js';
import { invalidParameter } from './refuse.js';
import { findPart, give, unknownParameter, type GivenParts, type QueryPart } from './synonyms.js';

/** What the parameters of a URL may name. */
export interface ParameterOptions {
  /** Whether the caller may name this field; also asked for the first part of `account.region`. */
  hasField(name: string): boolean;
  /** The fields to suggest from; asked only to refuse. */
  fieldNames(): Iterable<string>;
}

/**
 * Reads the query of a URL. Each part goes by any of its published names (`filter`, `$filter`,
 * `where`, …), once. Any other name is a field whose value must equal the text given.
 *
 * @throws `invalid_parameter`, `unknown_parameter`, `invalid_filter`, `unknown_operator`,
 * `invalid_sort`, `limit_exceeded`
 * @example
 * parseQueryParameters(new URLSearchParams('status=new&sort=-created_at&top=20'), fields);
 */
export function parseQueryParameters(
  parameters: Iterable<readonly [string, string]>,
  options: ParameterOptions,
): Query {
  const { given, equal } = givenParameters(parameters, options);
  return queryFromParts(given, equal);
}

/** What the parameters of a URL give: parts, and conditions on fields. */
export interface GivenParameters {
  readonly given: GivenParts;
  readonly equal: readonly Filter[];
}

/** Sorts the parameters of a URL into parts and conditions. */
export function givenParameters(
  parameters: Iterable<readonly [string, string]>,
  options: ParameterOptions,
): GivenParameters {
  const given: GivenParts = new Map();
  const equal = new Map<string, Filter>();
  for (const [name, text] of parameters) {
    const part = findPart(name);
    if (part !== undefined) give(given, part, { name, value: fromText(part, name, text) });
    else if (equal.has(name))
      throw invalidParameter(name, 'it is given twice; use filter with "in"');
    else equal.set(name, equality(name, text, options));
  }
  return { given, equal: [...equal.values()] };
}

const COUNT_WORDS: ReadonlySet<string> = new Set(['exact', 'estimated', 'none']);

/** Parts with a syntax of their own stay text and are read later. */
function fromText(part: QueryPart, name: string, text: string): unknown {
  if (part === 'top' || part === 'skip') return numberFromText(name, text);
  if (part === 'highlight') return booleanFromText(name, text);
  if (part === 'count') return COUNT_WORDS.has(text) ? text : booleanFromText(name, text);
  return text;
}

function equality(name: string, text: string, options: ParameterOptions): Filter {
  const [first = ''] = name.split('.');
  if (!options.hasField(first)) throw unknownParameter(name, options.fieldNames());
  return comparison(name, 'eq', text);
}
