import type { Invalidation } from './store.js';

/** A computation that runs. */
export interface Flight {
  /** True when its key or a tag of it was invalidated meanwhile: its result is not kept. */
  isOutdated(): boolean;
}

interface Running {
  readonly tags: readonly string[];
  readonly result: Promise<unknown>;
  outdated: boolean;
}

/** The computations that run in this process, by key: callers of one key share one (single flight). */
export interface Flights {
  find(key: string): Promise<unknown> | undefined;
  start<T>(key: string, tags: readonly string[], work: (flight: Flight) => Promise<T>): Promise<T>;
  /** Marks what an invalidation touches; an empty one touches everything. Later callers start anew. */
  outdate(invalidation: Invalidation): void;
}

/** Makes an empty set of flights. */
export function createFlights(): Flights {
  const running = new Map<string, Running>();

  return {
    find: (key) => running.get(key)?.result,
    start(key, tags, work) {
      // Deferred by one turn, so that `work` cannot run before the flight is known.
      const result = Promise.resolve().then(() => work({ isOutdated: () => entry.outdated }));
      const entry: Running = { tags, result, outdated: false };
      running.set(key, entry);
      const land = (): void => {
        if (running.get(key) === entry) running.delete(key);
      };
      result.then(land, land);
      return result;
    },
    outdate(invalidation) {
      for (const [key, flight] of running) {
        if (!touches(invalidation, key, flight.tags)) continue;
        flight.outdated = true;
        running.delete(key);
      }
    },
  };
}

function touches({ keys, tags, prefix }: Invalidation, key: string, own: readonly string[]) {
  if (keys === undefined && tags === undefined && prefix === undefined) return true;
  if (keys?.includes(key) === true) return true;
  if (prefix !== undefined && key.startsWith(prefix)) return true;
  return tags?.some((tag) => own.includes(tag)) === true;
}
