import { serviceRef } from './refs.js';

/** An addition to one counter. */
export interface CounterIncrement {
  /** 1 to 512 characters. */
  readonly key: string;
  /** A whole number above 0. */
  readonly by: number;
  /** Milliseconds after which the counter is gone, from its first increment. */
  readonly ttl: number;
}

/** Counters that end by themselves: of rate limits and quotas. */
export interface CounterService {
  /** True when other nodes count with us. */
  readonly shared: boolean;
  /**
   * Adds to counters; an absent one begins at 0. Answers the new values, in the order given.
   *
   * @throws `counters_unavailable` while the backend is away: nobody knows what was counted
   */
  add(increments: readonly CounterIncrement[]): Promise<readonly number[]>;
}

/** The counters. Provided by the cache plugin. */
export const countersService = serviceRef<CounterService>('counters');
