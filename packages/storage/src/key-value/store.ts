/** A value as a backend keeps it. */
export interface StoredValue {
  /** JSON. */
  readonly text: string;
  readonly version: string;
  /** Epoch milliseconds; null for a value that stays. */
  readonly expiresAt: number | null;
}

/** A stored value and its key. */
export interface StoredEntry extends StoredValue {
  readonly key: string;
}

/** What must be there for a write to happen: any, none (`null`), or this version. */
export type Expected = { readonly version: string | null } | undefined;

/**
 * Where values are kept. Every operation is atomic; `now` is the moment at which it happens, and
 * values whose time is over by then do not exist. Suite: `keyValueContract` in `@objectos/testing`,
 * through the service.
 */
export interface KeyValueStore {
  readonly backend: 'memory' | 'redis' | 'database';
  /** Called once, before the first use. */
  prepare(): Promise<void>;
  get(scope: string, key: string, now: number): Promise<StoredValue | undefined>;
  /** @returns whether it was written */
  put(scope: string, entry: StoredEntry, expected: Expected, now: number): Promise<boolean>;
  /** @returns whether something was removed */
  delete(scope: string, key: string, expected: Expected, now: number): Promise<boolean>;
  /** By code point of the key; at most `limit`. */
  list(scope: string, range: KeyRange, now: number): Promise<readonly StoredEntry[]>;
  clear(scope: string): Promise<void>;
  /** Removes values whose time is over, where the backend does not do that itself. */
  sweep(now: number): Promise<void>;
  /** Whether it answers. */
  isUp(): Promise<boolean>;
  close(): Promise<void>;
}

/** A part of the keys of a scope. */
export interface KeyRange {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
}

/** Above every key: no text that may be a key has this as a character. */
export const ABOVE_ALL = '\u{10ffff}';

/** As the databases sort: JavaScript's own order differs beyond U+FFFF. */
export function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
