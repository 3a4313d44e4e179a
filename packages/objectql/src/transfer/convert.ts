import { createError, type FieldError } from '@objectos/spec/errors';
import type { FieldMeta } from '../metadata/compiled.js';
import { unescapeFormula } from './csv-write.js';

/** Between the entries of a list in one cell. */
export const LIST_SEPARATOR = ';';

const TRUE: ReadonlySet<string> = new Set(['true', 'yes', 'y', '1', 'on']);
const FALSE: ReadonlySet<string> = new Set(['false', 'no', 'n', '0', 'off']);
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A cell that can't be read as a value of its field. */
export class CellProblem extends Error {
  constructor(readonly fieldError: FieldError) {
    super(fieldError.message);
  }
}

/**
 * Reads the text of a cell as a value of a field. Whether the value is allowed is for the engine; a
 * cell only has to say which value it is. Empty text is no value.
 *
 * @throws CellProblem
 */
export function cellValue(field: FieldMeta, cell: string): unknown {
  const text = unescapeFormula(cell);
  if (text.trim() === '') return null;
  if (field.multiple) {
    return listOf(text).map((entry) => singleValue(field, entry));
  }
  return singleValue(field, text);
}

/** The entries of a list in one cell; a JSON array is one too. */
export function listOf(text: string): string[] {
  if (text.startsWith('[')) {
    const parsed = parseJson(text);
    if (Array.isArray(parsed)) return parsed.map(String);
  }
  return text
    .split(LIST_SEPARATOR)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function singleValue(field: FieldMeta, text: string): unknown {
  if (field.options !== undefined) return optionValue(field, text.trim());
  switch (field.column) {
    case 'integer':
    case 'real':
    case 'decimal':
      return numberValue(field, text.trim());
    case 'boolean':
      return booleanValue(field, text.trim().toLowerCase());
    case 'date':
    case 'time':
      return text.trim();
    case 'datetime':
      return datetimeValue(text.trim());
    case 'json':
      return field.multiple ? text : jsonValue(field, text);
    case 'text':
      return field.reference === undefined ? text : text.trim();
  }
}

/** An option by its value, or by the one label that people see. */
function optionValue(field: FieldMeta, text: string): string {
  if (field.options?.has(text) === true) return text;
  const options = 'options' in field.definition ? (field.definition.options ?? []) : [];
  const labelled = options.filter(
    (option) => option.label !== undefined && option.label.toLowerCase() === text.toLowerCase(),
  );
  return labelled.length === 1 ? (labelled[0]?.value ?? text) : text;
}

function numberValue(field: FieldMeta, text: string): number {
  if (NUMBER.test(text)) return Number(text);
  throw problem(field, 'expected a number like 1234.5');
}

function booleanValue(field: FieldMeta, text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw problem(field, 'expected true or false, yes or no, 1 or 0');
}

/** A date alone means the start of that day in UTC; a blank between date and time is common. */
function datetimeValue(text: string): string {
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return `${text}T00:00:00Z`;
  return text.replace(/^(\d{4}-\d{2}-\d{2}) /, '$1T');
}

function jsonValue(field: FieldMeta, text: string): unknown {
  const parsed = parseJson(text);
  if (parsed !== undefined) return parsed;
  throw problem(field, 'expected JSON');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function problem(field: FieldMeta, message: string): CellProblem {
  return new CellProblem({ field: field.name, code: 'invalid_format', message });
}

/** The error of a row whose cells can't be read, as the engine tells invalid records. */
export function cellErrors(object: string, fieldErrors: readonly FieldError[]): Error {
  const params = { object, count: fieldErrors.length };
  return createError('validation_error', params, { fieldErrors });
}
