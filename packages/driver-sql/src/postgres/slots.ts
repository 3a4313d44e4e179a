/** A number of places that are taken and given back. */
export interface Slots {
  /** Waits for a place; false when none became free in time. */
  take(): Promise<boolean>;
  give(): void;
  /** Resolves when nobody holds a place or waits for one. */
  idle(): Promise<void>;
}

/** Makes `count` places; who waits longer than `patience` milliseconds goes without. */
export function createSlots(count: number, patience: number): Slots {
  const waiting = new Set<(taken: boolean) => void>();
  const watching: (() => void)[] = [];
  let free = count;

  return {
    take() {
      if (free > 0) {
        free -= 1;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const end = (taken: boolean): void => {
          clearTimeout(timer);
          waiting.delete(end);
          resolve(taken);
        };
        const timer = setTimeout(() => end(false), patience);
        waiting.add(end);
      });
    },
    give() {
      const [next] = waiting;
      if (next !== undefined) return next(true);
      free += 1;
      if (free === count) for (const resolve of watching.splice(0)) resolve();
    },
    idle: () =>
      free === count ? Promise.resolve() : new Promise((resolve) => watching.push(resolve)),
  };
}
