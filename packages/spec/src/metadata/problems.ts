import type { z } from 'zod';
import type { KeyPath } from './legacy/draft.js';
import { expectation, howMuch, kindOf, listOf, shorten } from './problem-words.js';
import { allowedValues, chosenOption, descend, readSchema } from './schema-tree.js';
import { suggest } from './suggest.js';

/** One thing wrong with a definition, in words. */
export interface DescribedProblem {
  /** Into the value that was parsed. For a missing key it ends with that key. */
  readonly path: KeyPath;
  /** Whether the key at the end of `path` is wrong, or the value under it. */
  readonly part: 'key' | 'value';
  readonly code: 'unknown_key' | 'missing_key' | 'invalid_key' | 'invalid_value';
  readonly message: string;
  readonly hint: string;
}

/** What was parsed, and by which schema: needed to name the keys that would have been right. */
export interface ParsedBy {
  readonly schema: z.core.$ZodType;
  readonly value: unknown;
}

type Issue = z.core.$ZodIssue;

/**
 * Puts the issues of a failed parse into words: what is wrong, and what to write instead. An issue
 * of a union is followed into the option that was probably meant.
 *
 * @example
 * const result = formats.object.schema.safeParse(value);
 * if (!result.success) describeIssues(result.error, { schema: formats.object.schema, value });
 * // [{ path: ['fields', 'a', 'maxLenght'], part: 'key', code: 'unknown_key',
 * //    message: '"maxLenght" is not a key of a "text" definition.', hint: 'Did you mean "maxLength"?' }]
 */
export function describeIssues(
  error: { readonly issues: readonly Issue[] },
  parsed: ParsedBy,
): DescribedProblem[] {
  return error.issues.flatMap((issue) => describe(issue, parsed, []));
}

function describe(issue: Issue, parsed: ParsedBy, prefix: KeyPath): DescribedProblem[] {
  const steps = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  const path = [...prefix, ...steps];
  const here = descend(parsed.schema, parsed.value, steps);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, path, here));
    case 'invalid_union':
      return describeUnion(issue, { path, ...here });
    case 'invalid_key':
      return issue.issues.slice(0, 1).map((inner) => invalidKey(path, inner));
    case 'invalid_value':
      return [notAmong(path, issue.values, here.value)];
    case 'invalid_type':
      return [wrongKind(path, expectation(issue), here.value)];
    default:
      return [invalid(path, predicate(issue, here.value), hintFor(issue))];
  }
}

type Here = ReturnType<typeof descend>;

function unknownKey(key: string, path: KeyPath, here: Here): DescribedProblem {
  const { owner, keys, elsewhere } = keysAt(here, key);
  const meant = suggest(key, keys);
  const hint =
    meant !== undefined
      ? `Did you mean "${meant}"?`
      : elsewhere.length > 0
        ? `It belongs to ${listOf(elsewhere)}.`
        : `Known keys are ${listOf(keys)}.`;
  return {
    path: [...path, key],
    part: 'key',
    code: 'unknown_key',
    message: `"${shorten(key)}" is not a key of ${owner ?? subject(path, 'a ')}.`,
    hint,
  };
}

/** The keys that may stand here, and the types of sibling definitions that know `key`. */
function keysAt(here: Here, key: string): { owner?: string; keys: string[]; elsewhere: string[] } {
  if (here.schema === undefined) return { keys: [], elsewhere: [] };
  const node = readSchema(here.schema);
  if (node.kind === 'object') return { keys: Object.keys(node.shape), elsewhere: [] };
  if (node.kind !== 'union') return { keys: [], elsewhere: [] };
  const option = chosenOption(node, here.value);
  if (option === undefined) return { keys: [], elsewhere: [] };
  const own = readSchema(option);
  const keys = own.kind === 'object' ? Object.keys(own.shape) : [];
  const { discriminator } = node;
  if (discriminator === undefined) return { keys, elsewhere: [] };
  const type = (here.value as Record<string, unknown>)[discriminator];
  const elsewhere = node.options.flatMap((other) => {
    const shape = readSchema(other);
    if (shape.kind !== 'object' || !Object.hasOwn(shape.shape, key)) return [];
    return allowedValues(shape.shape[discriminator]).map(String);
  });
  return {
    owner: `the ${discriminator} "${String(type)}"`,
    keys,
    elsewhere,
  };
}

interface UnionPlace extends Here {
  readonly path: KeyPath;
}

function describeUnion(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  place: UnionPlace,
): DescribedProblem[] {
  const { path, schema, value } = place;
  if (issue.errors.length === 0) {
    const allowed =
      'options' in issue && Array.isArray(issue.options) ? (issue.options as unknown[]) : [];
    if (value !== undefined) return [notAmong(path, allowed, value)];
    return [missing(path, `one of ${listOf(allowed.map(String))}`)];
  }
  const node = schema === undefined ? undefined : readSchema(schema);
  const best = bestBranch(issue.errors);
  const option = node?.kind === 'union' ? node.options[best] : undefined;
  const issues = issue.errors[best] ?? [];
  if (issues.every(isWrongKind) || option === undefined) {
    const kinds = new Set(issue.errors.flat().filter(isWrongKind).map(expectation));
    return [wrongKind(path, listOf([...kinds], 'or'), value)];
  }
  return issues.flatMap((inner) => describe(inner, { schema: option, value }, path));
}

function isWrongKind(issue: Issue): issue is Extract<Issue, { code: 'invalid_type' }> {
  return issue.code === 'invalid_type' && issue.path.length === 0;
}

/**
 * The option that was probably meant: of the right kind, with the fewest keys too many or missing,
 * then with the fewest problems below.
 */
function bestBranch(branches: readonly (readonly Issue[])[]): number {
  let best = 0;
  let lowest = Number.POSITIVE_INFINITY;
  branches.forEach((issues, index) => {
    const cost = issues.reduce((sum, issue) => sum + costOf(issue), 0);
    if (cost < lowest) [best, lowest] = [index, cost];
  });
  return best;
}

function costOf(issue: Issue): number {
  if (isWrongKind(issue)) return 10_000;
  if (issue.code === 'unrecognized_keys' && issue.path.length === 0) return 100 * issue.keys.length;
  return issue.path.length === 1 ? 10 : 1;
}

function invalidKey(path: KeyPath, inner: Issue): DescribedProblem {
  const key = shorten(String(path.at(-1)));
  return {
    path,
    part: 'key',
    code: 'invalid_key',
    message: `The name "${key}" ${inner.code === 'invalid_format' ? 'is not allowed here' : predicate(inner, key)}.`,
    hint: inner.code === 'invalid_format' ? `Write ${inner.message}.` : 'Choose another name.',
  };
}

function missing(path: KeyPath, expected: string): DescribedProblem {
  return {
    path,
    part: 'value',
    code: 'missing_key',
    message: `${subject(path)} is missing.`,
    hint: `It must be ${expected}.`,
  };
}

function notAmong(path: KeyPath, allowed: readonly unknown[], value: unknown): DescribedProblem {
  const names = allowed.map(String);
  if (value === undefined)
    return missing(path, names.length === 1 ? `"${names.join('')}"` : `one of ${listOf(names)}`);
  const shown = typeof value === 'string' ? `"${shorten(value)}"` : kindOf(value);
  const meant = typeof value === 'string' ? suggest(value, names) : undefined;
  const hint = `${meant === undefined ? '' : `Did you mean "${meant}"? `}Allowed: ${listOf(names)}.`;
  return invalid(path, `can't be ${shown}`, hint);
}

function wrongKind(path: KeyPath, expected: string, value: unknown): DescribedProblem {
  if (value === undefined) return missing(path, expected);
  return invalid(path, `must be ${expected}, but is ${kindOf(value)}`, `Write ${expected}.`);
}

function invalid(path: KeyPath, text: string, hint: string): DescribedProblem {
  return { path, part: 'value', code: 'invalid_value', message: `${subject(path)} ${text}.`, hint };
}

/** What follows the name of the thing: "must be at most 5". */
function predicate(issue: Issue, value: unknown): string {
  switch (issue.code) {
    case 'too_small':
    case 'too_big':
      return howMuch(issue);
    case 'invalid_format':
      return `can't be "${shorten(String(value))}"`;
    default:
      return issue.message;
  }
}

function hintFor(issue: Issue): string {
  if (issue.code === 'invalid_format') return `Write ${issue.message}.`;
  return 'Correct it, or leave it out.';
}

/** Names the thing at `path`: `"maxLength"`, `item 2 of "columns"`. */
function subject(path: KeyPath, article = 'The '): string {
  const last = path.at(-1);
  if (last === undefined) return `${article}definition`;
  if (typeof last === 'string') return `"${last}"`;
  const name = path.findLast((step) => typeof step === 'string');
  const item = article === 'The ' ? 'Item' : 'item';
  return name === undefined ? `${item} ${last + 1}` : `${item} ${last + 1} of "${name}"`;
}
