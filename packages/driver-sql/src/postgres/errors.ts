import { createError, isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import { storageFailed } from '../sql/errors.js';

const DRIVER = 'postgres';

/** Codes (SQLSTATE) of errors that end the connection, or say that there is none to be had. */
const AWAY = new Map([
  ['57P01', 'it was stopped'],
  ['57P02', 'it stopped after a crash'],
  ['57P03', 'it is starting or stopping'],
  ['57P05', 'the connection was idle for too long'],
  ['25P03', 'the transaction was idle for too long'],
  ['53300', 'it has too many connections'],
  ['25006', 'it takes no writes now'],
]);
/** Codes of a server that lets nobody in under this URL. */
const REFUSED = new Map([
  ['28P01', 'it refuses the user or the password'],
  ['28000', 'it refuses the user'],
  ['3D000', 'it has no database of that name'],
  ['42501', 'the user may not connect to the database'],
]);
/** Codes of Node for a server that can't be reached. */
const UNREACHED = new Map<unknown, string>([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ENOTFOUND', 'its host is not known'],
  ['EAI_AGAIN', 'the name of its host is not answered for'],
  ['ETIMEDOUT', 'its host does not answer'],
  ['EHOSTUNREACH', 'its host is not reached'],
  ['ENETUNREACH', 'its host is not reached'],
]);
/** Serialization failure, deadlock: the transaction may be run again. */
const CONFLICTS = new Set(['40001', '40P01']);
/** A prepared statement whose table has changed meanwhile. */
const STALE_PLAN = '0A000';

/** What the client throws: an error of the server has a code of five characters. */
interface PostgresError {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly table?: unknown;
  readonly detail?: unknown;
}

/** The SQLSTATE of an error of the server: five characters with a digit, unlike `EPIPE` of Node. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as PostgresError | null | undefined)?.code;
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** True when the connection that threw this can't be used any more. */
export function isConnectionLost(error: unknown): boolean {
  const cause = isObjectOSError(error) ? error.cause : error;
  const state = sqlState(cause);
  if (state === undefined) return true;
  return state.startsWith('08') || (AWAY.has(state) && state !== '53300' && state !== '25006');
}

/** True when the same work may succeed if it is run again from the start. */
export function mayRunAgain(error: unknown): boolean {
  const cause = isObjectOSError(error) ? error.cause : undefined;
  const state = sqlState(cause);
  return state !== undefined && (CONFLICTS.has(state) || isStalePlan(state, cause));
}

function isStalePlan(state: string, cause: unknown): boolean {
  return state === STALE_PLAN && String((cause as PostgresError).message).includes('cached plan');
}

/** The catalogue error for whatever the client threw. */
export function postgresError(error: unknown, operation: string): ObjectOSError {
  if (isObjectOSError(error)) return error;
  const state = sqlState(error);
  if (state === undefined) {
    const { code } = (error ?? {}) as PostgresError;
    return unavailable(UNREACHED.get(code) ?? 'the connection is lost', error);
  }
  const refused = operation === 'connect' ? REFUSED.get(state) : undefined;
  const reason = state.startsWith('08') ? 'the connection is lost' : (refused ?? AWAY.get(state));
  if (reason !== undefined) return unavailable(reason, error);
  const options = { cause: error };
  if (state === '23505') return duplicateValue(error as PostgresError);
  if (state === '57014')
    return createError('statement_timeout', { driver: DRIVER, operation }, options);
  if (state === '53100') return createError('storage_full', { driver: DRIVER }, options);
  if (CONFLICTS.has(state)) return createError('transaction_conflict', { driver: DRIVER }, options);
  if (state === '54000') return tooLong(error as PostgresError);
  const schema =
    state === '42P01' || state === '3F000' ? missingSchema(error as PostgresError) : undefined;
  if (schema !== undefined) return createError('tenant_schema_missing', { schema }, options);
  return storageFailed(DRIVER, operation, error);
}

/** A database that does not answer. */
export function unavailable(reason: string, cause?: unknown): ObjectOSError {
  const options = cause === undefined ? {} : { cause };
  return createError('driver_unavailable', { driver: DRIVER, reason }, options);
}

/** `Key (email, organization_id)=(a@b.c, 1) already exists.`, in the language of the server. */
function duplicateValue(error: PostgresError): ObjectOSError {
  const named = /\((.*?)\)=\(/s.exec(String(error.detail))?.[1] ?? '';
  // The organization stands last, as an expression.
  const columns = named.replace(/, COALESCE\(.*$/is, '');
  const fields = columns.split(',').map((name) => name.trim().replace(/^"|"$/g, ''));
  const object = typeof error.table === 'string' ? error.table : '';
  return createError('duplicate_value', { object, fields }, { cause: error });
}

/** Only tables of organizations are named with their schema. */
function missingSchema(error: PostgresError): string | undefined {
  return /"(\w+_org_\w+)[".]/.exec(String(error.message))?.[1];
}

/** An index takes about 2,700 bytes of each row. */
function tooLong(error: PostgresError): ObjectOSError {
  const index = /"(\w+)"/.exec(String(error.message))?.[1] ?? '';
  const table = typeof error.table === 'string' ? error.table : '';
  const params = { table, column: index, reason: 'it is too long for the index' };
  return createError('unsupported_value', params, { cause: error });
}
