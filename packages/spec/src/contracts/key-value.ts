import { serviceRef } from './refs.js';

/** Whose values a key-value storage holds. Values of other owners and tenants are out of reach. */
export interface KeyValueScope {
  /** Usually the plugin's id. */
  readonly owner: string;
  /** The tenant the values belong to; absent or null for values that belong to none. */
  readonly tenantId?: string | null | undefined;
}

/** A stored value. */
export interface KeyValueEntry<T = unknown> {
  readonly key: string;
  readonly value: T;
  /** Changes with every write of the key, and never comes back. */
  readonly version: string;
  /** ISO 8601; null for a value that stays. */
  readonly expiresAt: string | null;
}

/** How a value is kept. */
export interface PutOptions {
  /** Milliseconds until the value is gone. Absent: it stays. */
  readonly ttl?: number | undefined;
}

/** Which entries are listed, in the order of their keys by code point. */
export interface KeyValueListOptions {
  readonly prefix?: string | undefined;
  /** Only keys after this one; `next` of the page before. */
  readonly after?: string | undefined;
  /** 1 to 1,000; default 100. */
  readonly limit?: number | undefined;
}

/**
 * Values of one scope, by key. Values are JSON. Unlike a cache it is the place where a value lives:
 * when the backend is away, operations fail with `storage_unavailable` and nothing is pretended.
 * Keys are 1 to 512 characters without control characters.
 */
export interface KeyValue {
  get<T = unknown>(key: string): Promise<T | undefined>;
  /** The value with its version, for {@link KeyValue.compareAndSet}. */
  read<T = unknown>(key: string): Promise<KeyValueEntry<T> | undefined>;
  /**
   * Stores a value whatever was there.
   *
   * @returns its version
   * @throws `storage_key_invalid`, `storage_value_invalid`, `storage_value_too_large`
   */
  put(key: string, value: unknown, options?: PutOptions): Promise<string>;
  /**
   * Stores a value if the key is still at `expected`; null: if there is none.
   *
   * @returns the new version, or `undefined` when somebody else was first
   */
  compareAndSet(
    key: string,
    expected: string | null,
    value: unknown,
    options?: PutOptions,
  ): Promise<string | undefined>;
  /** @returns whether there was a value (at this version, where one is given) */
  delete(key: string, options?: { readonly ifVersion?: string | undefined }): Promise<boolean>;
  list(options?: KeyValueListOptions): Promise<{
    readonly entries: readonly KeyValueEntry[];
    /** Present when there may be more. */
    readonly next?: string | undefined;
  }>;
  /** All entries whose key begins with `prefix`, page by page. */
  entries(prefix?: string): AsyncIterable<KeyValueEntry>;
  /** Removes everything of this scope. */
  clear(): Promise<void>;
}

/** Key-value storage by scope. */
export interface KeyValueService {
  readonly backend: 'memory' | 'redis' | 'database';
  /** @throws `storage_key_invalid` for an owner or tenant that is no name */
  open(scope: KeyValueScope): KeyValue;
}

/** Key-value storage. Provided by the storage plugin. */
export const keyValueService = serviceRef<KeyValueService>('storage.key-value');
