import { createError, isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import {
  MongoError,
  MongoNetworkError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { DRIVER, storageFailed, unavailable } from './errors.js';

/** Codes of the server. */
const DUPLICATE = 11_000;
const TIMEOUTS = new Set([50, 262]);
/** Write conflict, lock timeout, a transaction that the server has ended. */
const CONFLICTS = new Set([112, 24, 251, 263]);
/** Not the primary any more, stopping, starting. */
const AWAY = new Set([10_107, 13_435, 11_602, 11_600, 189, 91, 6, 7, 89, 9001]);
const NO_SPACE = 14_031;
const REFUSED = new Map([
  [13, 'the user may not do this'],
  [18, 'user or password is wrong'],
]);

/** True for errors after which the same work may succeed when it is run again from the start. */
export function mayRunAgain(error: unknown): boolean {
  if (isObjectOSError(error)) {
    return error.code === 'transaction_conflict' || error.code === 'driver_unavailable';
  }
  return error instanceof MongoError && error.hasErrorLabel('TransientTransactionError');
}

/** True where the outcome of a commit is not known; it may be sent again. */
export function isCommitUnknown(error: unknown): boolean {
  return (
    error instanceof MongoServerSelectionError ||
    error instanceof MongoNetworkError ||
    (error instanceof MongoError && error.hasErrorLabel('UnknownTransactionCommitResult'))
  );
}

/** True where the server itself says that it has ended the transaction without a commit. */
export function isUndone(error: unknown): boolean {
  return error instanceof MongoServerError && error.hasErrorLabel('TransientTransactionError');
}

/** True for what the client says after it was closed. */
function isClosed(error: unknown): boolean {
  const names = new Set([
    'MongoNotConnectedError',
    'MongoTopologyClosedError',
    'MongoClientClosedError',
    'MongoExpiredSessionError',
    'MongoServerClosedError',
    'MongoPoolClosedError',
    'MongoWaitQueueTimeoutError',
  ]);
  return error instanceof Error && names.has(error.name);
}

/** The error of the catalogue for what the client threw. */
export function mongoError(cause: unknown, operation: string): ObjectOSError {
  if (isObjectOSError(cause)) return cause;
  if (cause instanceof MongoServerSelectionError || cause instanceof MongoNetworkError) {
    return unavailable('no primary can be reached', cause);
  }
  if (isClosed(cause)) return unavailable('the connection is closed', cause);
  if (!(cause instanceof MongoError)) return storageFailed(operation, cause);
  const { code } = cause;
  if (typeof code === 'number') {
    if (TIMEOUTS.has(code)) {
      return createError('statement_timeout', { driver: DRIVER, operation }, { cause });
    }
    if (AWAY.has(code)) return unavailable('it has no primary now', cause);
    const refused = REFUSED.get(code);
    if (refused !== undefined) return unavailable(refused, cause);
    if (code === NO_SPACE) return createError('storage_full', { driver: DRIVER }, { cause });
  }
  if (CONFLICTS.has(Number(code)) || cause.hasErrorLabel('TransientTransactionError')) {
    return createError('transaction_conflict', { driver: DRIVER }, { cause });
  }
  return storageFailed(operation, cause);
}

/** The index that refused a value; `undefined` for other errors. */
export function duplicateIndex(error: unknown): string | undefined {
  if (!(error instanceof MongoServerError) || error.code !== DUPLICATE) return undefined;
  return /index: (\S+) dup key/.exec(error.message)?.[1];
}
