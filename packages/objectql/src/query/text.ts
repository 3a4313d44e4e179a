import type { Comparison, Filter, Scalar } from '@objectos/spec/contracts';

const SYMBOLS: Readonly<Partial<Record<Comparison['op'], string>>> = {
  eq: '=',
  ne: '!=',
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  in: 'in',
  nin: 'not in',
  contains: 'contains',
  notContains: 'does not contain',
  startsWith: 'starts with',
  endsWith: 'ends with',
  like: 'like',
  ilike: 'like (any case)',
};

/**
 * A filter in words, for messages, logs and explanations. Not a syntax: nothing reads it back.
 *
 * @example filterToText({ op: 'eq', field: 'status', value: 'new' }) // 'status = "new"'
 */
export function filterToText(filter: Filter | undefined): string {
  if (filter === undefined) return 'always';
  switch (filter.op) {
    case 'not':
      return `not (${filterToText(filter.arg)})`;
    case 'compareFields':
      return `${filter.field} ${SYMBOLS[filter.operator] ?? filter.operator} ${filter.other}`;
    case 'related':
      return `${filter.relation} has (${filterToText(filter.where)})`;
    case 'some':
      return `some ${filter.relation} has (${filterToText(filter.where)})`;
    case 'tree':
      return `${filter.operator === 'descendantsOf' ? 'below' : 'above'} ${JSON.stringify(filter.value)} in ${filter.field}`;
    case 'and':
    case 'or':
      if (filter.args.length === 0) return filter.op === 'and' ? 'always' : 'never';
      return filter.args.map((arg) => member(arg, filter.op)).join(` ${filter.op} `);
    default:
      return comparisonToText(filter);
  }
}

function member(filter: Filter, inside: string): string {
  const text = filterToText(filter);
  const grouped = (filter.op === 'and' || filter.op === 'or') && filter.args.length > 1;
  return grouped && filter.op !== inside ? `(${text})` : text;
}

function comparisonToText({ op, field, value }: Comparison): string {
  if (op === 'isNull') return `${field} is ${value === true ? '' : 'not '}empty`;
  if (op === 'between' && typeof value === 'object' && value !== null) {
    return `${field} between ${value.map(scalarToText).join(' and ')}`;
  }
  return `${field} ${SYMBOLS[op] ?? op} ${valueToText(value)}`;
}

function valueToText(value: Comparison['value']): string {
  return typeof value === 'object' && value !== null
    ? `(${value.map(scalarToText).join(', ')})`
    : scalarToText(value);
}

function scalarToText(value: Scalar): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
