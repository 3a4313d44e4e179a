import { toInteger } from '../decimal/rounding.js';
import { parseDecimal, compact } from '../decimal/decimal.js';
import { noValue } from '../fault.js';
import type { FormulaNumber, FormulaType, FormulaValue } from '../types.js';
import { textOf } from '../values/text-of.js';
import { spendText } from './budget.js';
import {
  optional,
  required,
  rest,
  strict,
  type CallSite,
  type FunctionDefinition,
  type Parameter,
  type Run,
} from './definition.js';
import { num } from './arguments.js';
import { regexFunction } from './regex.js';
import { capitalize, find, lengthOf, reverse, slice } from './text-measure.js';

interface TextCall {
  readonly run: Run;
  readonly site: CallSite;
  /** The argument as text. */
  text(index: number): string;
  /** The argument as a whole number, or `absent` when it was left out. */
  count(index: number, absent?: number): number;
}

const COUNTS: ReadonlySet<string> = new Set(['count', 'start', 'length', 'code']);

/** Functions of texts. Positions count from 1, and characters are code points. */
export const textFunctions: readonly FunctionDefinition[] = [
  strict({
    name: 'TEXT',
    group: 'text',
    summary: 'The value as text: plain digits, `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SSZ`.',
    parameters: [required('value', 'value')],
    result: 'text',
    evaluate: ([value = null], _run, site) => textOf(value, site),
  }),
  text('VALUE', 'The number that a text spells.', 'text -> number', readValue),
  text('LEN', 'The number of characters.', 'text -> number', (call) => lengthOf(call.text(0))),
  text('LEFT', 'The first characters.', 'text, count -> text', (call) =>
    slice(call.text(0), 0, call.count(1)),
  ),
  text('RIGHT', 'The last characters.', 'text, count -> text', right),
  text('MID', 'Characters from a position on.', 'text, start, count -> text', middle),
  text(
    'SUBSTR',
    'Characters from a position on, or all the rest.',
    'text, start, [count] -> text',
    middle,
  ),
  text(
    'FIND',
    'The position of a text in another, 0 when it is not there.',
    'search, text, [start] -> number',
    (call) => find(call.text(1), call.text(0), call.count(2, 1)),
  ),
  text(
    'CONTAINS',
    'True when the second text is part of the first.',
    'text, search -> boolean',
    (call) => call.text(0).includes(call.text(1)),
  ),
  text(
    'BEGINS',
    'True when the first text begins with the second.',
    'text, search -> boolean',
    (call) => call.text(0).startsWith(call.text(1)),
  ),
  text('SUBSTITUTE', 'Every occurrence of a text replaced.', 'text, old, new -> text', substitute),
  text('TRIM', 'Without blanks at both ends.', 'text -> text', (call) => call.text(0).trim()),
  text('UPPER', 'In capital letters.', 'text -> text', (call) => call.text(0).toUpperCase()),
  text('LOWER', 'In small letters.', 'text -> text', (call) => call.text(0).toLowerCase()),
  text('INITCAP', 'Each word with a capital first letter.', 'text -> text', (call) =>
    capitalize(call.text(0)),
  ),
  text(
    'LPAD',
    'Filled on the left to a length, or cut to it.',
    'text, length, [fill] -> text',
    (call) => pad(call, 'left'),
  ),
  text(
    'RPAD',
    'Filled on the right to a length, or cut to it.',
    'text, length, [fill] -> text',
    (call) => pad(call, 'right'),
  ),
  text('REVERSE', 'The characters in the opposite order.', 'text -> text', (call) =>
    reverse(call.text(0)),
  ),
  text('CHR', 'The character with this Unicode number.', 'code -> text', character),
  text(
    'ASCII',
    'The Unicode number of the first character.',
    'text -> number',
    (call) => call.text(0).codePointAt(0) ?? null,
  ),
  strict({
    name: 'CONCAT',
    group: 'text',
    summary: 'The arguments as text, one after the other; blanks count as empty.',
    parameters: [rest('value', 'value')],
    result: 'text',
    evaluate(values, run, site) {
      let joined = '';
      for (const value of values) {
        joined += textOf(value, site);
        spendText(run, joined.length, site);
      }
      return joined;
    },
  }),
  strict({
    name: 'ISPICKVAL',
    group: 'text',
    summary: 'True when the choice is the text; the empty text stands for no choice.',
    parameters: [required('choice', 'text'), required('text', 'text')],
    result: 'boolean',
    evaluate: ([choice, wanted]) => choice === wanted,
  }),
  strict({
    name: 'INCLUDES',
    group: 'text',
    summary: 'True when the multiple choice holds the value.',
    parameters: [required('choices', 'list'), required('value', 'text')],
    result: 'boolean',
    evaluate: ([choices = null, wanted = null]) =>
      typeof choices === 'object' && choices?.kind === 'list' && choices.items.includes(wanted),
  }),
  regexFunction,
];

/** Declares a function of texts; parameters named `count`, `start`, `length`, `code` take numbers. */
function text(
  name: string,
  summary: string,
  signature: `${string} -> ${'text' | 'number' | 'boolean'}`,
  compute: (call: TextCall) => FormulaValue,
): FunctionDefinition {
  const [taken = '', given = ''] = signature.split(' -> ');
  return strict({
    name,
    group: 'text',
    summary,
    parameters: taken.split(', ').map(parameterOf),
    result: given as FormulaType,
    evaluate(values, run, site) {
      for (const value of values) if (typeof value === 'string') spendText(run, value.length, site);
      const made = compute(textCall(values, run, site));
      if (typeof made === 'string') spendText(run, made.length, site);
      return made;
    },
  });
}

function parameterOf(written: string): Parameter {
  const name = written.replace(/[[\]]/g, '');
  const kind = COUNTS.has(name) ? 'number' : 'text';
  return written.startsWith('[') ? optional(name, kind) : required(name, kind);
}

function textCall(values: readonly FormulaValue[], run: Run, site: CallSite): TextCall {
  return {
    run,
    site,
    text: (index) => textOf(values[index] ?? null, site),
    count(index, absent = Number.MAX_SAFE_INTEGER) {
      const value = values[index];
      return value === undefined ? absent : toInteger(num(value, site), site);
    },
  };
}

function readValue(call: TextCall): FormulaNumber | null {
  const source = call.text(0).trim();
  if (source === '') return null;
  const value = parseDecimal(source);
  if (value === undefined)
    throw noValue(call.site, `cannot read ${JSON.stringify(shorten(source))} as a number`);
  return compact(value);
}

function shorten(source: string): string {
  return source.length > 40 ? `${slice(source, 0, 40)}…` : source;
}

function right(call: TextCall): string {
  const source = call.text(0);
  const length = lengthOf(source);
  const count = Math.max(0, Math.min(length, call.count(1)));
  return slice(source, length - count, count);
}

function middle(call: TextCall): string {
  return slice(call.text(0), Math.max(0, call.count(1) - 1), call.count(2));
}

function substitute(call: TextCall): string {
  const source = call.text(0);
  const search = call.text(1);
  if (search === '') return source;
  const replacement = call.text(2);
  const parts = source.split(search);
  // Refused before it is built: each replacement may be longer than what it replaces.
  const length = source.length + (parts.length - 1) * (replacement.length - search.length);
  spendText(call.run, length, call.site);
  return parts.join(replacement);
}

function pad(call: TextCall, side: 'left' | 'right'): string {
  const source = call.text(0);
  const wanted = Math.max(0, call.count(1));
  const missing = wanted - lengthOf(source);
  if (missing <= 0) return slice(source, 0, wanted);
  spendText(call.run, wanted, call.site);
  const fill = call.text(2) === '' ? ' ' : call.text(2);
  const repeated = slice(fill.repeat(Math.ceil(missing / lengthOf(fill))), 0, missing);
  return side === 'left' ? repeated + source : source + repeated;
}

function character(call: TextCall): string {
  const code = call.count(0);
  if (code < 1 || code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff)) {
    throw noValue(call.site, 'needs the number of a Unicode character');
  }
  return String.fromCodePoint(code);
}
