import { createError, type ObjectOSError } from '../errors/index.js';
import type { ExecutionContext } from './context.js';
import type { MaybePromise } from './disposable.js';
import type { RecordData } from './engine.js';
import type { Query } from './query.js';

interface WriteHookContext {
  readonly object: string;
  readonly ctx: ExecutionContext;
}

/** Input of the `before*` write hooks: `data` may be changed, in place, until the hook returns. */
export interface BeforeInsertContext extends WriteHookContext {
  readonly data: RecordData;
}

/** `data` holds only the changed fields; `previous` the stored record. */
export interface BeforeUpdateContext extends WriteHookContext {
  readonly id: string;
  readonly data: RecordData;
  readonly previous: Readonly<RecordData>;
}

/** A delete that is about to happen. */
export interface BeforeDeleteContext extends WriteHookContext {
  readonly id: string;
  readonly previous: Readonly<RecordData>;
}

/** A finished write, still inside its transaction. */
export interface AfterInsertContext extends WriteHookContext {
  readonly id: string;
  readonly record: Readonly<RecordData>;
}

/** A finished update; `changed` names the fields whose value differs. */
export interface AfterUpdateContext extends WriteHookContext {
  readonly id: string;
  readonly record: Readonly<RecordData>;
  readonly previous: Readonly<RecordData>;
  readonly changed: readonly string[];
}

/** A finished delete. */
export interface AfterDeleteContext extends WriteHookContext {
  readonly id: string;
  readonly previous: Readonly<RecordData>;
}

/** A query about to run. Return a query to replace it; it can only be narrowed by permission later. */
export interface BeforeFindContext extends WriteHookContext {
  readonly query: Query;
}

/** Records about to be returned; they may be changed in place. */
export interface AfterFindContext extends WriteHookContext {
  readonly records: RecordData[];
}

/**
 * Hooks around records: ordered, awaited, inside the transaction of the operation; may change or
 * veto (by throwing). Bulk and predicate writes call them once per record.
 */
export interface RecordHookMap {
  beforeInsert: BeforeInsertContext;
  afterInsert: AfterInsertContext;
  beforeUpdate: BeforeUpdateContext;
  afterUpdate: AfterUpdateContext;
  beforeDelete: BeforeDeleteContext;
  afterDelete: AfterDeleteContext;
  beforeFind: BeforeFindContext;
  afterFind: AfterFindContext;
}

/** Name of a record hook. */
export type RecordHookName = keyof RecordHookMap;

/** A record hook. Only `beforeFind` may return a value (the replaced query). */
export type RecordHook<N extends RecordHookName> = N extends 'beforeFind'
  ? (context: RecordHookMap[N]) => MaybePromise<Query | void>
  : (context: RecordHookMap[N]) => MaybePromise<void>;

/**
 * The error by which a hook refuses a change with a reason that people read. Throw it.
 *
 * @example if (record.locked) throw rejectChange('invoice', 'it is already booked');
 */
export function rejectChange(object: string, reason: string): ObjectOSError {
  return createError('hook_rejected', { object, reason });
}
