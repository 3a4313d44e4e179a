import type { CompareOperator, Comparison, Scalar } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FieldMeta } from '../metadata/compiled.js';
import { date, datetime, time } from '../values/temporal.js';

const TEXT_OPERATORS: ReadonlySet<CompareOperator> = new Set([
  'contains',
  'notContains',
  'startsWith',
  'endsWith',
  'like',
  'ilike',
]);

/** What comparing needs to know of a field. */
type ComparedField = Pick<FieldMeta, 'name' | 'column' | 'filterable' | 'multiple'>;

/**
 * Gives the value of a comparison the type of its field.
 *
 * @throws `invalid_filter` when the operator or the value does not suit the field
 */
export function typedComparison(field: ComparedField, comparison: Comparison): Comparison {
  const { op, value } = comparison;
  if (op === 'isNull') return { op, field: field.name, value };
  if (!field.filterable) throw refuseFilter(field, 'this field cannot be used in a filter');
  if (TEXT_OPERATORS.has(op)) return textComparison(field, comparison);
  if (field.column === 'json') {
    throw refuseFilter(field, `"${op}" needs a single value; use contains`);
  }
  if (op === 'in' || op === 'nin' || op === 'between') {
    const values = listValue(field, comparison);
    return { op, field: field.name, value: values.map((one) => typedScalar(field, one)) };
  }
  return { op, field: field.name, value: typedScalar(field, value) };
}

/** `invalid_filter` about a field. */
export function refuseFilter(field: ComparedField, reason: string): Error {
  return createError('invalid_filter', { reason: `on "${field.name}": ${reason}` });
}

function textComparison(field: ComparedField, { op, value }: Comparison): Comparison {
  const membership = field.multiple && (op === 'contains' || op === 'notContains');
  if (!membership && field.column !== 'text') {
    throw refuseFilter(field, `"${op}" works on text fields only`);
  }
  if (typeof value !== 'string') throw refuseFilter(field, `"${op}" expects text`);
  return { op, field: field.name, value };
}

function listValue(field: ComparedField, { op, value }: Comparison): readonly Scalar[] {
  if (!Array.isArray(value)) throw refuseFilter(field, `"${op}" expects a list`);
  if (op === 'between' && value.length !== 2) {
    throw refuseFilter(field, '"between" expects two values');
  }
  return value as readonly Scalar[];
}

function typedScalar(field: ComparedField, value: unknown): Scalar {
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
      throw refuseFilter(field, 'expected text');
  }
}

/** Values of a query string are text, so `"5"` counts as 5 in a filter (never in a write). */
function numeric(field: ComparedField, value: unknown): number {
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof parsed === 'number' && Number.isFinite(parsed)) return parsed;
  throw refuseFilter(field, 'expected a number');
}

function truth(field: ComparedField, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  throw refuseFilter(field, 'expected true or false');
}

/** A date in a filter on an instant means the start of that day in UTC. */
function atMidnight(value: unknown): unknown {
  return date(value).ok ? `${String(value)}T00:00:00Z` : value;
}

function checked(field: ComparedField, outcome: ReturnType<typeof date>): string {
  if (outcome.ok) return outcome.value as string;
  throw refuseFilter(field, outcome.message);
}
