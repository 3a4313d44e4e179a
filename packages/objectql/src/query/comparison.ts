import type { Comparison, Scalar } from '@objectos/spec/contracts';
import { requireOperator, type Operator } from './operators.js';
import { checkLimit, invalidFilter, shown } from './refuse.js';
import { isFieldPath, isList, isPlainObject } from './shapes.js';

/** What a browser makes of an object it should have serialised. */
const LOST_OBJECT = '[object Object]';

/**
 * One comparison, checked as far as its shape goes.
 * @throws `unknown_operator`, `invalid_filter`, `limit_exceeded`
 */
export function comparison(field: unknown, spelling: string, value: unknown): Comparison {
  const operator = requireOperator(spelling);
  const name = fieldPath(field);
  return { op: operator.op, field: name, value: checkedValue(operator, name, value) };
}

/** A field name, dotted through relations. @throws `invalid_filter`, `limit_exceeded` */
export function fieldPath(field: unknown): string {
  if (typeof field !== 'string') throw invalidFilter(`a field name is text, not ${shown(field)}`);
  if (!isFieldPath(field)) throw invalidFilter(`${shown(field)} is not a field name`);
  checkLimit('field.path', field.split('.').length);
  return field;
}

function checkedValue(
  operator: Operator,
  field: string,
  value: unknown,
): Scalar | readonly Scalar[] {
  switch (operator.op) {
    case 'eq':
    case 'ne':
      return scalar(field, value);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'contains':
    case 'notContains':
      return present(field, operator, value);
    case 'startsWith':
    case 'endsWith':
    case 'like':
    case 'ilike':
      return text(field, operator, value);
    case 'in':
    case 'nin':
      return list(field, operator, value);
    case 'between':
      return range(field, operator, value);
    case 'isNull':
      return flag(field, operator, value);
  }
}

function scalar(field: string, value: unknown): Scalar {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'string') return checkedText(field, value);
  if (value instanceof Date) return dateText(field, value);
  throw invalidFilter(`"${field}" is compared with ${unusable(value)}`);
}

function checkedText(field: string, value: string): string {
  if (value !== LOST_OBJECT) return value;
  throw invalidFilter(
    `"${field}" is compared with "${LOST_OBJECT}"; send nested filters as JSON in "filter"`,
  );
}

function dateText(field: string, value: Date): string {
  if (Number.isNaN(value.getTime())) throw invalidFilter(`"${field}" is compared with no date`);
  return value.toISOString();
}

function unusable(value: unknown): string {
  if (typeof value === 'number') return `${value}, which is not a number JSON knows`;
  if (isList(value)) return 'a list; use in, nin or between';
  if (isPlainObject(value) && '$field' in value) return 'another field, which is not available';
  return `${shown(value)} where one value belongs`;
}

function present(field: string, operator: Operator, value: unknown): Scalar {
  const result = scalar(field, value);
  if (result === null) throw invalidFilter(`${operator.op} on "${field}" needs a value, not null`);
  return result;
}

function text(field: string, operator: Operator, value: unknown): Scalar {
  const result = scalar(field, value);
  if (typeof result === 'string') return result;
  throw invalidFilter(`${operator.op} on "${field}" needs text, not ${shown(result)}`);
}

function list(field: string, operator: Operator, value: unknown): readonly Scalar[] {
  if (!isList(value)) {
    throw invalidFilter(`${operator.op} on "${field}" needs a list, not ${shown(value)}`);
  }
  checkLimit('filter.in', value.length);
  return Array.from(value, (item) => scalar(field, item));
}

function range(field: string, operator: Operator, value: unknown): readonly Scalar[] {
  if (!isList(value) || value.length !== 2) {
    throw invalidFilter(`between on "${field}" needs a list of two values`);
  }
  return Array.from(value, (item) => present(field, operator, item));
}

function flag(field: string, operator: Operator, value: unknown): boolean {
  if (typeof value === 'boolean') return operator.flip ? !value : value;
  throw invalidFilter(`${operator.flip ? 'not-null' : 'null'} on "${field}" is true or false`);
}
