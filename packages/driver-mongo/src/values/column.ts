import type { ColumnType } from '@objectql/core/driver';
import { createError } from '@objectos/spec/errors';

/** A column for the purpose of converting its values. */
export interface ValueColumn {
  readonly table: string;
  readonly name: string;
  readonly type: ColumnType;
}

/** Refuses a value that a column cannot hold. */
export function refuse({ table, name }: ValueColumn, reason: string): Error {
  return createError('unsupported_value', { table, column: name, reason });
}

/** What kind of thing a value is, in words. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return value.constructor === Date ? 'a Date' : 'an object';
  return typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : `a ${typeof value}`;
}
