import type { BulkWrites } from './bulk-writes.js';
import type { ExecutionContext } from './context.js';
import type { Disposer } from './disposable.js';
import type { AggregateQuery, Query } from './query.js';
import type { RecordHook, RecordHookName } from './record-hooks.js';
import { serviceRef } from './refs.js';
import type { SafeWrites } from './safe-writes.js';

/** A record as the API shows it: field name to value; dates and times are ISO 8601 text. */
export type RecordData = Record<string, unknown>;

/** A page of records. */
export interface FindResult {
  readonly records: RecordData[];
  /** Number of all matching records; present when the query asked for a count. */
  readonly total?: number | undefined;
  /** Present when `total` was estimated and not counted; `at_least`: there are more than `total`. */
  readonly totalIs?: 'estimate' | 'at_least' | undefined;
  readonly hasMore: boolean;
  /** Cursor of the page after this one; present when the query had a cursor and there is one. */
  readonly next?: string | undefined;
  /** Cursor of the page before this one; present when the query had a cursor and there may be one. */
  readonly previous?: string | undefined;
  /**
   * By the id of a record, its fields in which a search found something: HTML in which the text is
   * escaped and what was found stands in `<mark>`. Present when the query asked for it.
   */
  readonly highlights?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  /** By the id of a record, how far it is. Present when the query asked for what is near. */
  readonly distances?: Readonly<Record<string, number>> | undefined;
}

/** The groups of an aggregate query, by the names that the query gave their values. */
export interface AggregateResult {
  readonly rows: RecordData[];
  readonly hasMore: boolean;
}

/** Options of a write to one record. */
export interface WriteOptions {
  /** Refuse with `concurrent_modification` unless the record is at this revision, or one of these. */
  readonly ifRevision?: number | readonly number[] | undefined;
  /**
   * The revision that the change was made on. What others changed since stays as it is; a field that
   * both changed, to different values, is refused with `merge_conflict`.
   */
  readonly mergeFrom?: number | undefined;
  /**
   * The data is a whole record as a client read it: read-only keys whose value did not change are
   * ignored instead of refused. Default false.
   */
  readonly wholeRecord?: boolean | undefined;
}

/** Options of an insert. */
export interface InsertOptions {
  /**
   * Take the `id` from the data (seeds, imports, offline clients). Default false: an id in the data
   * is refused like every other system field.
   */
  readonly acceptId?: boolean | undefined;
}

/** Outcome of one row of a bulk write. */
export interface RowResult {
  readonly index: number;
  readonly id?: string | undefined;
  readonly success: boolean;
  readonly record?: RecordData | undefined;
  /** Of an upsert: true when the record is new. */
  readonly created?: boolean | undefined;
  readonly error?: unknown;
}

/** Options of a bulk write. */
export interface BulkOptions {
  /** All or nothing (default true). When false, good rows are kept and bad ones reported. */
  readonly atomic?: boolean | undefined;
}

/**
 * The data engine as other plugins see it. Every call needs a context with a principal; permission,
 * tenancy and validation happen inside, once, for every surface.
 */
export interface DataEngine extends BulkWrites, SafeWrites {
  find(object: string, query: Query, ctx: ExecutionContext): Promise<FindResult>;
  /** @throws `record_not_found` when it does not exist or may not be seen. */
  get(
    object: string,
    id: string,
    ctx: ExecutionContext,
    query?: Pick<Query, 'fields' | 'expand' | 'deleted'>,
  ): Promise<RecordData>;
  count(
    object: string,
    query: Pick<Query, 'where' | 'deleted'>,
    ctx: ExecutionContext,
  ): Promise<number>;
  /** Groups records and computes values over each group; one row per group. */
  aggregate(object: string, query: AggregateQuery, ctx: ExecutionContext): Promise<AggregateResult>;
  /** The different values of a field, in order; at most `limit` (default 1,000) of them. */
  distinct(
    object: string,
    field: string,
    ctx: ExecutionContext,
    query?: Pick<Query, 'where' | 'deleted' | 'limit'>,
  ): Promise<unknown[]>;
  insert(
    object: string,
    data: RecordData,
    ctx: ExecutionContext,
    options?: InsertOptions,
  ): Promise<RecordData>;
  insertMany(
    object: string,
    data: readonly RecordData[],
    ctx: ExecutionContext,
    options?: BulkOptions & InsertOptions,
  ): Promise<RowResult[]>;
  update(
    object: string,
    id: string,
    data: RecordData,
    ctx: ExecutionContext,
    options?: WriteOptions,
  ): Promise<RecordData>;
  updateMany(
    object: string,
    rows: readonly { readonly id: string; readonly data: RecordData }[],
    ctx: ExecutionContext,
    options?: BulkOptions,
  ): Promise<RowResult[]>;
  /** Soft-deletes when the object keeps a trash, else deletes. Applies each relation's deleteBehavior. */
  delete(
    object: string,
    id: string,
    ctx: ExecutionContext,
    options?: Pick<WriteOptions, 'ifRevision'>,
  ): Promise<void>;
  deleteMany(
    object: string,
    ids: readonly string[],
    ctx: ExecutionContext,
    options?: BulkOptions,
  ): Promise<RowResult[]>;
  /** Takes a soft-deleted record, and the details deleted with it, out of the trash. */
  restore(
    object: string,
    id: string,
    ctx: ExecutionContext,
    options?: Pick<WriteOptions, 'ifRevision'>,
  ): Promise<RecordData>;
  /**
   * Computes every stored derived value anew (roll-up summaries, missing automatic numbers), reports
   * what differs, and stores it right when asked to. For the system only.
   *
   * @throws `permission_denied`
   */
  verifyDerived(
    options: { readonly repair?: boolean | undefined },
    ctx: ExecutionContext,
  ): Promise<DerivedReport>;
  /**
   * Encrypts anew what is not encrypted with the current key: values of older keys, and those that a
   * field has from the time before it was encrypted. For the system only; may be repeated.
   *
   * @throws `permission_denied`, `encryption_key_missing`
   */
  rotateSecrets(ctx: ExecutionContext): Promise<SecretReport>;
  /**
   * The fields of an object that this principal may read, system fields included.
   * @throws `object_not_found`, `permission_denied`
   */
  readableFields(object: string, ctx: ExecutionContext): ReadonlySet<string>;
  /** Runs `work` in one transaction; everything that uses the context it is given joins it. */
  transaction<T>(ctx: ExecutionContext, work: (ctx: ExecutionContext) => Promise<T>): Promise<T>;
  /** Registers a hook; `object` may be `'*'`. Lower `order` runs first. */
  hook<N extends RecordHookName>(
    name: N,
    object: string,
    handler: RecordHook<N>,
    options: HookRegistration,
  ): Disposer;
}

/** Who owns a hook, and when it runs among the others. */
export interface HookRegistration {
  readonly owner: string;
  /** Default 100; lower first, then by owner name. */
  readonly order?: number | undefined;
}

/** The data engine. Provided by the ObjectQL plugin. */
export const dataEngineService = serviceRef<DataEngine>('data');

/** What verifying derived values found. */
export interface DerivedReport {
  readonly fields: readonly DerivedFieldReport[];
  /** Over all fields. */
  readonly drifted: number;
}

/** What verifying one field found. */
export interface DerivedFieldReport {
  readonly object: string;
  readonly field: string;
  readonly checked: number;
  readonly drifted: number;
  readonly repaired: number;
  /** Some of the differences. */
  readonly samples: readonly {
    readonly id: string;
    readonly stored: unknown;
    readonly expected: unknown;
  }[];
}

/** What a rotation of secrets did. */
export interface SecretReport {
  readonly fields: readonly SecretFieldReport[];
  /** Over all fields. */
  readonly rotated: number;
  readonly failed: number;
}

/** What a rotation did to one field. */
export interface SecretFieldReport {
  readonly object: string;
  readonly field: string;
  readonly checked: number;
  readonly rotated: number;
  /** Values that cannot be opened, and stay as they are. */
  readonly failed: number;
  /** Some of the failures. */
  readonly samples: readonly { readonly id: string; readonly reason: string }[];
}
