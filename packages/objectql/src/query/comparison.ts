import { FIELD_OPERATORS, type Filter, type Scalar } from '@objectos/spec/contracts';
import { requireOperator, type Operator } from './operators.js';
import { along, splitPath } from './path.js';
import { checkLimit, invalidFilter, shown } from './refuse.js';
import { isFieldPath, isList, isPlainObject, type PlainObject } from './shapes.js';

/** What a browser makes of an object it should have serialised. */
const LOST_OBJECT = '[object Object]';

/**
 * One comparison, checked as far as its shape goes. A dotted field becomes a condition on the
 * related record.
 * @throws `unknown_operator`, `invalid_filter`, `limit_exceeded`
 */
export function comparison(field: unknown, spelling: string, value: unknown): Filter {
  const operator = requireOperator(spelling);
  const path = fieldPath(field);
  const { relations, field: name } = splitPath(path);
  const filter = isReference(value)
    ? compareFields({ path, name, relations }, operator, value.$field)
    : compareValue(name, operator, { path, value });
  return relations === '' ? filter : along(relations, filter);
}

/** A field name, dotted through relations. @throws `invalid_filter`, `limit_exceeded` */
export function fieldPath(field: unknown): string {
  if (typeof field !== 'string') throw invalidFilter(`a field name is text, not ${shown(field)}`);
  if (!isFieldPath(field)) throw invalidFilter(`${shown(field)} is not a field name`);
  checkLimit('field.path', field.split('.').length);
  return field;
}

/** How many of the records that a relation leads to must match. */
export type Quantifier = 'some' | 'none' | 'every';

/** True for the name of a {@link Quantifier}. */
export function isQuantifier(word: unknown): word is Quantifier {
  return word === 'some' || word === 'none' || word === 'every';
}

/** A condition on the records of a list: some, none or every one of them. */
export function quantified(path: string, quantifier: Quantifier, where: Filter): Filter {
  const { relations, field: relation } = splitPath(fieldPath(path));
  const filter = quantify(relation, quantifier, where);
  return relations === '' ? filter : along(relations, filter);
}

function quantify(relation: string, quantifier: Quantifier, where: Filter): Filter {
  if (quantifier === 'some') return { op: 'some', relation, where };
  const none = quantifier === 'none' ? where : ({ op: 'not', arg: where } as const);
  return { op: 'not', arg: { op: 'some', relation, where: none } };
}

function isReference(value: unknown): value is PlainObject {
  return isPlainObject(value) && Object.keys(value).length === 1 && '$field' in value;
}

function compareFields(
  place: { readonly path: string; readonly name: string; readonly relations: string },
  { op }: Operator,
  reference: unknown,
): Filter {
  const operator = FIELD_OPERATORS.find((one) => one === op);
  if (operator === undefined) throw invalidFilter(`${op} cannot compare with another field`);
  const other = splitPath(fieldPath(reference));
  if (other.relations !== place.relations) {
    throw invalidFilter(
      `"${place.path}" is compared with ${shown(reference)}, a field of another record`,
    );
  }
  return { op: 'compareFields', operator, field: place.name, other: other.field };
}

function compareValue(
  field: string,
  operator: Operator,
  { path, value }: { readonly path: string; readonly value: unknown },
): Filter {
  if (operator.op === 'descendantsOf' || operator.op === 'ancestorsOf') {
    const id = text(path, operator, value);
    return { op: 'tree', operator: operator.op, field, value: id };
  }
  return { op: operator.op, field, value: checkedValue(operator, path, value) };
}

function checkedValue(
  operator: Operator,
  field: string,
  value: unknown,
): Scalar | readonly Scalar[] {
  switch (operator.op) {
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
    default:
      return scalar(field, value);
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
  return `${shown(value)} where one value belongs`;
}

function present(field: string, operator: Operator, value: unknown): Scalar {
  const result = scalar(field, value);
  if (result === null) throw invalidFilter(`${operator.op} on "${field}" needs a value, not null`);
  return result;
}

function text(field: string, operator: Operator, value: unknown): string {
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
