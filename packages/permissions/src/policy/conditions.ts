import type { AccessFilter, Scalar } from '@objectos/spec/contracts';
import type { FieldMeta } from '@objectql/core';
import { NONE } from './bindings.js';
import type { ResolvedPath } from './fields.js';
import { anyOf, isNone } from './simplify.js';

const DATE = /^\d{4}-\d{2}-\d{2}/;
const TIME = /^\d{2}:\d{2}/;

/** What a value makes of a condition; `undefined` when the value can't be compared with the field. */
export type Build = (value: Scalar) => AccessFilter | undefined;

const ORDER: Readonly<Record<string, 'gt' | 'gte' | 'lt' | 'lte'>> = {
  '>': 'gt',
  '>=': 'gte',
  '<': 'lt',
  '<=': 'lte',
};

/**
 * How a comparison of the formula language reads as a filter, blanks included: no value equals the
 * empty text, and a number or date without a value compares false with everything.
 */
export function comparison(operator: string, field: FieldMeta): Build | undefined {
  if (field.column === 'json') return undefined;
  const { name } = field;
  if (operator === '=') {
    return (value) => {
      if (isEmpty(value)) return isBlank(field);
      return fits(field, value) ? { op: 'eq', field: name, value: typed(field, value) } : undefined;
    };
  }
  if (operator === '<>') {
    return (value) => {
      if (isEmpty(value)) return { op: 'isNull', field: name, value: false };
      if (!fits(field, value)) return undefined;
      const differs: AccessFilter = { op: 'ne', field: name, value: typed(field, value) };
      return isText(field) || field.column === 'boolean'
        ? differs
        : { op: 'and', args: [differs, { op: 'isNull', field: name, value: false }] };
    };
  }
  const op = ORDER[operator];
  if (op === undefined || isText(field) || field.column === 'boolean') return undefined;
  return (value) =>
    fits(field, value) ? { op, field: name, value: typed(field, value) } : undefined;
}

/** A comparison of two fields of one record; of texts and the like only whether they are equal. */
export function fieldComparison(
  operator: string,
  left: ResolvedPath,
  right: ResolvedPath,
): AccessFilter | undefined {
  const [one, two] = [left.field, right.field];
  if (one.column === 'json' || two.column === 'json' || kindOf(one) !== kindOf(two)) {
    return undefined;
  }
  const simple = operator === '=' ? 'eq' : operator === '<>' ? 'ne' : undefined;
  if (isText(one) && simple !== undefined) {
    return { op: 'compareFields', operator: simple, field: one.name, other: two.name };
  }
  const op = simple ?? ORDER[operator];
  if (op === undefined || isText(one) || one.column === 'boolean') return undefined;
  const bothThere: AccessFilter[] = [
    { op: 'isNull', field: one.name, value: false },
    { op: 'isNull', field: two.name, value: false },
  ];
  const compare: AccessFilter = {
    op: 'compareFields',
    operator: op,
    field: one.name,
    other: two.name,
  };
  return { op: 'and', args: [compare, ...bothThere] };
}

/** `field IN (…)`. No values means no rows; a list field counts by its items. */
export function membership(field: FieldMeta, values: readonly Scalar[]): AccessFilter {
  const present = values
    .filter((value) => field.multiple || fits(field, value))
    .filter((value) => !isEmpty(value))
    .map((value) => typed(field, value));
  if (field.multiple) {
    return anyOf(present.map((value) => ({ op: 'contains', field: field.name, value })));
  }
  const among: AccessFilter =
    present.length === 0 ? NONE : { op: 'in', field: field.name, value: present };
  const blank = isText(field) && values.some((value) => value === '') ? isBlank(field) : NONE;
  return isNone(blank) ? among : anyOf([among, blank]);
}

/** ISBLANK. */
export function isBlank(field: FieldMeta): AccessFilter {
  return { op: 'isNull', field: field.name, value: true };
}

/** CONTAINS, BEGINS and INCLUDES; they respect the case of letters, as in every formula. */
export function textSearch(name: string, field: FieldMeta): Build | undefined {
  if (name === 'INCLUDES') {
    return field.multiple
      ? (value) => (isEmpty(value) ? undefined : { op: 'contains', field: field.name, value })
      : undefined;
  }
  if (field.multiple || !isText(field) || (name !== 'CONTAINS' && name !== 'BEGINS')) {
    return undefined;
  }
  const lead = name === 'CONTAINS' ? '%' : '';
  return (value) => {
    if (typeof value !== 'string') return undefined;
    const pattern = `${lead}${escaped(value)}%`;
    return { op: 'like', field: field.name, value: pattern };
  };
}

/** True when the column can hold the value; what it can't hold is never compared with it. */
export function fits({ column }: FieldMeta, value: Scalar): boolean {
  switch (column) {
    case 'integer':
    case 'real':
    case 'decimal':
      return typeof value === 'number' && Number.isFinite(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'date':
      return typeof value === 'string' && DATE.test(value);
    case 'datetime':
      return typeof value === 'string' && DATE.test(value) && !Number.isNaN(Date.parse(value));
    case 'time':
      return typeof value === 'string' && TIME.test(value);
    case 'text':
      return typeof value === 'string';
    case 'json':
      return false;
  }
}

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, (character) => `\\${character}`);
}

function isEmpty(value: Scalar): boolean {
  return value === null || value === '';
}

function isText({ column }: FieldMeta): boolean {
  return column === 'text';
}

function kindOf({ column }: FieldMeta): string {
  return column === 'integer' || column === 'real' || column === 'decimal' ? 'number' : column;
}

/** A day that meets an instant begins at midnight UTC; what does not fit the column is left to match nothing. */
function typed(field: FieldMeta, value: Scalar): Scalar {
  if (typeof value !== 'string') return value;
  if (field.column === 'datetime') return new Date(value).toISOString();
  if (field.column === 'date' && value.length > 10) return value.slice(0, 10);
  return value;
}
