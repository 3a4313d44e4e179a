import type { CompareOperator, Comparison, Filter, Scalar } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { FieldMeta } from '../metadata/compiled.js';
import { date, datetime, time } from '../values/temporal.js';
import type { Admission } from './access.js';

const TEXT_OPERATORS: ReadonlySet<CompareOperator> = new Set([
  'contains',
  'notContains',
  'startsWith',
  'endsWith',
  'like',
  'ilike',
]);

/**
 * Finds a field the principal may read. One that is hidden, inactive or misspelt answers in exactly
 * the same way, and only readable names are suggested.
 */
export function readableField(admission: Admission, name: string): FieldMeta {
  const { meta } = admission;
  const field = meta.fields.get(name);
  if (field !== undefined && isReadable(admission, name)) return field;
  throw createError('unknown_field', {
    object: meta.name,
    field: name,
    suggestion: suggest(name, admission.visible),
  });
}

/** True when the principal sees this column. */
export function isReadable({ meta, readable, unsealed }: Admission, name: string): boolean {
  if (unsealed && meta.sealed.has(name)) return true;
  return meta.columns.has(name) && (readable === undefined || name === 'id' || readable.has(name));
}

/** Checks a filter against the object and gives its values the types of the fields. */
export function planFilter(admission: Admission, filter: Filter): Filter {
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, args: filter.args.map((arg) => planFilter(admission, arg)) };
    case 'not':
      return { op: 'not', arg: planFilter(admission, filter.arg) };
    default:
      return planComparison(admission, filter);
  }
}

function planComparison(admission: Admission, comparison: Comparison): Comparison {
  const field = readableField(admission, comparison.field);
  const { op, value } = comparison;
  if (op === 'isNull') return comparison;
  if (!field.filterable) throw refuse(field, 'this field cannot be used in a filter');
  if (TEXT_OPERATORS.has(op)) return planText(field, comparison);
  if (field.column === 'json') throw refuse(field, `"${op}" needs a single value; use contains`);
  if (op === 'in' || op === 'nin' || op === 'between') {
    const values = listValue(field, comparison);
    return { op, field: field.name, value: values.map((one) => scalar(field, one)) };
  }
  return { op, field: field.name, value: scalar(field, value) };
}

function planText(field: FieldMeta, { op, value }: Comparison): Comparison {
  const membership = field.multiple && (op === 'contains' || op === 'notContains');
  if (!membership && field.column !== 'text') {
    throw refuse(field, `"${op}" works on text fields only`);
  }
  if (typeof value !== 'string') throw refuse(field, `"${op}" expects text`);
  return { op, field: field.name, value };
}

function listValue(field: FieldMeta, { op, value }: Comparison): readonly Scalar[] {
  if (!Array.isArray(value)) throw refuse(field, `"${op}" expects a list`);
  if (op === 'between' && value.length !== 2) throw refuse(field, '"between" expects two values');
  return value as readonly Scalar[];
}

function scalar(field: FieldMeta, value: unknown): Scalar {
  if (value === null) return null;
  switch (field.column) {
    case 'integer':
    case 'real':
    case 'decimal':
      return numeric(field, value);
    case 'boolean':
      return truth(field, value);
    case 'date':
      return checked(field, date(value));
    case 'time':
      return checked(field, time(value));
    case 'datetime':
      return checked(field, datetime(atMidnight(value)));
    case 'text':
    case 'json':
      if (typeof value === 'string') return value;
      throw refuse(field, 'expected text');
  }
}

/** Values of a query string are text, so `"5"` counts as 5 in a filter (never in a write). */
function numeric(field: FieldMeta, value: unknown): number {
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof parsed === 'number' && Number.isFinite(parsed)) return parsed;
  throw refuse(field, 'expected a number');
}

function truth(field: FieldMeta, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw refuse(field, 'expected true or false');
}

/** A date in a filter on an instant means the start of that day in UTC. */
function atMidnight(value: unknown): unknown {
  return date(value).ok ? `${String(value)}T00:00:00Z` : value;
}

function checked(field: FieldMeta, outcome: ReturnType<typeof date>): string {
  if (outcome.ok) return outcome.value as string;
  throw refuse(field, outcome.message);
}

function refuse(field: FieldMeta, reason: string): Error {
  return createError('invalid_filter', { reason: `on "${field.name}": ${reason}` });
}
