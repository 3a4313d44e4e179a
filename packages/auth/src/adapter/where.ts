import type { Filter, Scalar } from '@objectos/spec/contracts';
import type { CleanedWhere } from '@better-auth/core/db/adapter';
import type { Naming } from './names.js';

/**
 * Turns better-auth's conditions into a filter: all that are joined by AND, and one of those that
 * are joined by OR. Text is compared exactly unless a condition says `insensitive`.
 */
export function toFilter(where: readonly CleanedWhere[], naming: Naming): Filter | undefined {
  const all = where.filter((one) => one.connector !== 'OR').map((one) => condition(one, naming));
  const any = where.filter((one) => one.connector === 'OR').map((one) => condition(one, naming));
  const args = any.length === 0 ? all : [...all, { op: 'or', args: any } as const];
  return args.length > 1 ? { op: 'and', args } : args[0];
}

function condition(where: CleanedWhere, naming: Naming): Filter {
  const field = naming.field(where.field);
  const value = toScalar(where.value);
  const insensitive = where.mode === 'insensitive';
  switch (where.operator) {
    case 'in':
    case 'not_in': {
      const list = (Array.isArray(value) ? value : [value]) as readonly Scalar[];
      const among = insensitive
        ? anyEqual(field, list)
        : ({ op: 'in', field, value: list } as const);
      return where.operator === 'in' ? among : { op: 'not', arg: among };
    }
    case 'contains':
      return pattern(field, `%${escape(value)}%`, insensitive);
    case 'starts_with':
      return pattern(field, `${escape(value)}%`, insensitive);
    case 'ends_with':
      return pattern(field, `%${escape(value)}`, insensitive);
    case 'ne':
      if (value === null) return { op: 'isNull', field, value: false };
      return { op: 'not', arg: equal(field, value as Scalar, insensitive) };
    case 'eq':
    case undefined:
      return equal(field, value as Scalar, insensitive);
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      // A comparison with nothing is true for nothing.
      if (value === null) return { op: 'or', args: [] };
      return { op: where.operator, field, value: value as Scalar };
  }
}

function equal(field: string, value: Scalar, insensitive: boolean): Filter {
  if (value === null) return { op: 'isNull', field, value: true };
  if (insensitive && typeof value === 'string') return pattern(field, escape(value), true);
  return { op: 'eq', field, value };
}

function anyEqual(field: string, values: readonly Scalar[]): Filter {
  return { op: 'or', args: values.map((value) => equal(field, value, true)) };
}

function pattern(field: string, value: string, insensitive: boolean): Filter {
  return { op: insensitive ? 'ilike' : 'like', field, value };
}

function escape(value: unknown): string {
  return String(value).replace(/[\\%_]/g, '\\$&');
}

function toScalar(value: CleanedWhere['value']): Scalar | readonly Scalar[] {
  return value instanceof Date ? value.toISOString() : value;
}
