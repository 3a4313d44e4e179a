import type { ExecutionContext } from './context.js';
import type { BulkOptions, RecordData, RowResult, WriteOptions } from './engine.js';
import type { Filter, Query } from './query.js';

/** Guards of a write by filter. */
export interface WhereOptions {
  /** Refuse with `unexpected_count` unless exactly so many records match. */
  readonly expected?: number | undefined;
  /** Refuse with `limit_exceeded` when more match. Default and most: 10,000. */
  readonly max?: number | undefined;
}

/** How an upsert finds its record. */
export interface UpsertOptions {
  /** `id`, or the fields of a unique index. */
  readonly by: readonly string[];
  /** Change only what exists; `record_not_found` otherwise. Default false. */
  readonly existingOnly?: boolean | undefined;
}

/** Outcome of an upsert. */
export interface UpsertResult {
  readonly record: RecordData;
  readonly created: boolean;
}

/** What a copy of a record takes with it. */
export interface CloneOptions {
  /** Values that the copy has instead. */
  readonly overrides?: RecordData | undefined;
  /**
   * Records to copy too: child lists by the name that `expand` uses, or `true` for all that belong
   * to the record (those that would be deleted with it), and what belongs to them. Default none.
   */
  readonly children?: readonly string[] | true | undefined;
}

/** Writes of many records, by list or by filter, and what else happens to whole records. Part of the data engine. */
export interface BulkWrites {
  /**
   * Inserts a record, or changes the one that has the same key. Of equal requests at the same time
   * one inserts.
   *
   * @throws `upsert_key_not_unique`
   */
  upsert(
    object: string,
    data: RecordData,
    ctx: ExecutionContext,
    options: UpsertOptions,
  ): Promise<UpsertResult>;
  upsertMany(
    object: string,
    data: readonly RecordData[],
    ctx: ExecutionContext,
    options: UpsertOptions & BulkOptions,
  ): Promise<RowResult[]>;
  /**
   * Changes all records that match. Hooks and validation run for each.
   *
   * @throws `unexpected_count`, `limit_exceeded`
   */
  updateWhere(
    object: string,
    where: Filter,
    data: RecordData,
    ctx: ExecutionContext,
    options?: WhereOptions & BulkOptions,
  ): Promise<RowResult[]>;
  /** Deletes all records that match. @throws `unexpected_count`, `limit_exceeded` */
  deleteWhere(
    object: string,
    where: Filter,
    ctx: ExecutionContext,
    options?: WhereOptions & BulkOptions,
  ): Promise<RowResult[]>;
  /** Deletes a record for good, from the trash or not, and what was deleted with it. */
  purge(
    object: string,
    id: string,
    ctx: ExecutionContext,
    options?: Pick<WriteOptions, 'ifRevision'>,
  ): Promise<void>;
  /** Purges the records in the trash that match. @throws `unexpected_count`, `limit_exceeded` */
  emptyTrash(
    object: string,
    where: Filter,
    ctx: ExecutionContext,
    options?: WhereOptions & BulkOptions,
  ): Promise<RowResult[]>;
  /**
   * Reads all records that match, as lists of some hundred, in the order asked for. Holds one list in
   * memory; is no snapshot. Needs the permission `export`.
   *
   * @throws `permission_denied`, and what `find` throws, when the first list is asked for
   */
  stream(
    object: string,
    query: Pick<Query, 'fields' | 'where' | 'orderBy' | 'expand' | 'deleted'>,
    ctx: ExecutionContext,
  ): AsyncIterable<RecordData[]>;
  /**
   * Copies a record with the fields that the principal may read and write. Unique fields stay empty
   * unless overridden.
   */
  clone(
    object: string,
    id: string,
    ctx: ExecutionContext,
    options?: CloneOptions,
  ): Promise<RecordData>;
}
