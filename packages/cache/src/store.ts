import type { BroadcastService, CounterService, MaybePromise } from '@objectos/spec/contracts';
import type { Entry } from './entry.js';

/** What is no longer true. Keys, tags and prefixes are complete with their scope. */
export interface Invalidation {
  readonly keys?: readonly string[] | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly prefix?: string | undefined;
}

/** Where entries are kept. */
export interface CacheStore {
  readonly backend: 'memory' | 'redis';
  /** False while the backend is away: nothing is read and nothing kept. */
  readonly available: boolean;
  /** The entry, also when its time is over: the reader looks at the clock, once. */
  get(key: string): MaybePromise<Entry | undefined>;
  set(key: string, entry: Entry): MaybePromise<void>;
  invalidate(invalidation: Invalidation): MaybePromise<void>;
  /** What the memory of this process holds. */
  memory(): { readonly entries: number; readonly size: number; readonly evictions: number };
  /** Counters on the same backend, where it has some that other nodes share. */
  readonly counters?: CounterService | undefined;
  /** Messages to the other nodes, over the same backend. */
  readonly broadcast?: BroadcastService | undefined;
  close(): Promise<void>;
}

/** Told of every invalidation by another node; an empty one means: trust nothing. */
export type InvalidationListener = (invalidation: Invalidation) => void;
