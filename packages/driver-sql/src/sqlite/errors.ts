import { createError, isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import { storageFailed } from '../sql/errors.js';

const DRIVER = 'sqlite';

/** Primary result codes of SQLite. */
const BUSY = 5;
const LOCKED = 6;
const FULL = 13;
const CANTOPEN = 14;
/** Extended codes of a constraint that another row violates: unique, primary key, rowid. */
const UNIQUE = new Set([2067, 1555, 2579]);

/** The extended result code of an error of the binding. */
export function resultCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null | undefined)?.errcode;
  return typeof code === 'number' ? code : undefined;
}

/** True when another process holds the lock. */
export function isBusy(error: unknown): boolean {
  const primary = (resultCode(error) ?? 0) & 0xff;
  return primary === BUSY || primary === LOCKED;
}

/** The catalogue error for whatever the binding threw. */
export function sqliteError(
  error: unknown,
  operation: string,
  findIndex: (name: string) => UniqueIndex | undefined = () => undefined,
): ObjectOSError {
  if (isObjectOSError(error)) return error;
  const code = resultCode(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === undefined) return storageFailed(DRIVER, operation, error);
  if (UNIQUE.has(code)) return duplicateValue(message, error, findIndex);
  switch (code & 0xff) {
    case FULL:
      return createError('storage_full', { driver: DRIVER }, { cause: error });
    case BUSY:
    case LOCKED:
      return unavailable('another process holds its lock', error);
    case CANTOPEN:
      return unavailable('the file cannot be opened', error);
    default:
      return storageFailed(DRIVER, operation, error);
  }
}

/** A database that does not answer. */
export function unavailable(reason: string, cause?: unknown): ObjectOSError {
  return createError(
    'driver_unavailable',
    { driver: DRIVER, reason },
    cause === undefined ? {} : { cause },
  );
}

/** A unique index: the table it is of, and its named columns. */
export interface UniqueIndex {
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * `UNIQUE constraint failed: contact.email, contact.organization_id`, and of an index with an
 * expression in it `UNIQUE constraint failed: index 'ux_contact_email'`.
 */
function duplicateValue(
  message: string,
  cause: unknown,
  findIndex: (name: string) => UniqueIndex | undefined,
): ObjectOSError {
  const index = /: index '(\w+)'$/.exec(message)?.[1];
  if (index !== undefined) {
    const { table = '', columns = [] } = findIndex(index) ?? {};
    return createError('duplicate_value', { object: table, fields: columns }, { cause });
  }
  const names = message
    .slice(message.indexOf(':') + 1)
    .split(',')
    .map((name) => name.trim().split('.'));
  const object = names[0]?.[0] ?? '';
  const fields = names.map((name) => name[1] ?? '');
  return createError('duplicate_value', { object, fields }, { cause });
}
