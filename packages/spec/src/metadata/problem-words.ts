import type { z } from 'zod';

const MAX_LISTED = 20;

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  null: 'empty',
};

/** `a, b and c`; long lists are cut. */
export function listOf(names: readonly string[], word = 'and'): string {
  const shown =
    names.length > MAX_LISTED
      ? [...names.slice(0, MAX_LISTED), `${names.length - MAX_LISTED} more`]
      : names;
  if (shown.length < 2) return shown.join('');
  return `${shown.slice(0, -1).join(', ')} ${word} ${shown.at(-1) ?? ''}`;
}

/** The kind of value that was expected. */
export function expectation(issue: z.core.$ZodIssueInvalidType): string {
  return KINDS[issue.expected] ?? issue.expected;
}

/** The kind of value that was found. */
export function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
      return Number.isInteger(value) ? 'a number' : `the number ${value}`;
    case 'boolean':
      return String(value);
    case 'object':
      return 'a mapping';
    default:
      return typeof value;
  }
}

/** `must be at least 3`, `must have at most 2 items`. */
export function howMuch(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const [word, limit] =
    issue.code === 'too_small' ? ['at least', issue.minimum] : ['at most', issue.maximum];
  const amount = String(limit);
  if (issue.origin === 'string') {
    return amount === '1' && issue.code === 'too_small'
      ? "can't be empty"
      : `must have ${word} ${amount} characters`;
  }
  if (issue.origin === 'array') {
    return `must have ${word} ${amount} ${amount === '1' ? 'item' : 'items'}`;
  }
  return issue.inclusive === false
    ? `must be ${issue.code === 'too_small' ? 'more' : 'less'} than ${amount}`
    : `must be ${word} ${amount}`;
}

const MAX_SHOWN = 60;

/** A value from outside, short enough for a message. */
export function shorten(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
