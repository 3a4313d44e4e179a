import type {
  Contribution,
  ContributionDelta,
  Disposer,
  Logger,
  MaybePromise,
} from '@objectos/spec/contracts';
import { createError, type ObjectOSError } from '@objectos/spec/errors';
import { reasonOf } from './errors.js';
import { TIMED_OUT, withTimeout } from './timeout.js';

type Consumer = (
  all: readonly Contribution<unknown>[],
  delta: ContributionDelta<unknown>,
) => MaybePromise<void>;

/** A consumer that failed on what was contributed. */
export interface ConsumerFailure {
  readonly plugin: string;
  readonly point: string;
  readonly error: unknown;
}

/** Lists that plugins add to and others read; in order of the plugins, dependencies first. */
export interface ContributionRegistry {
  readonly size: number;
  readonly consumers: number;
  contribute(point: string, plugin: string, value: unknown): Disposer;
  /**
   * Calls `handler` at once with what there is, then after every change. Changes made in one turn
   * come together, and calls of one consumer never overlap.
   */
  consume(point: string, plugin: string, handler: Consumer): Disposer;
  /**
   * Resolves when every consumer has seen every change, or after `milliseconds`; tells who failed
   * since the last call, or is still at it.
   */
  settle(milliseconds: number): Promise<readonly ConsumerFailure[]>;
  /** Resolves when every consumer has seen every change. */
  idle(): Promise<void>;
  /** What is contributed to a point at this moment. */
  list(point: string): readonly Contribution<unknown>[];
  /** Why the last call of a consumer of `plugin` failed, until one succeeds. */
  failing(plugin: string): string | undefined;
}

interface ConsumerEntry {
  readonly plugin: string;
  readonly point: string;
  readonly handler: Consumer;
  /** What the handler was told last. */
  seen: readonly Contribution<unknown>[];
  running: Promise<void> | undefined;
  active: boolean;
  failure: string | undefined;
}

/** One value for all empty points: consumers compare lists by identity. */
const EMPTY: readonly Contribution<unknown>[] = [];

/** Makes an empty registry; `ranks` are the places of plugins, dependencies first. */
export function createContributionRegistry(
  logger: Logger,
  ranks: ReadonlyMap<string, number> = new Map(),
): ContributionRegistry {
  // Arrays are replaced, never changed: a consumer may keep what it was given.
  const points = new Map<string, readonly Contribution<unknown>[]>();
  const consumers = new Set<ConsumerEntry>();
  let failures: ConsumerFailure[] = [];
  let size = 0;

  // Set-ups of one wave race; the order of what they contribute must not.
  const rankOf = (item: Contribution<unknown>) => ranks.get(item.plugin) ?? 0;
  const byRank = (left: Contribution<unknown>, right: Contribution<unknown>) =>
    rankOf(left) - rankOf(right);
  const listOf = (point: string) => points.get(point) ?? EMPTY;

  function fail(entry: ConsumerEntry, error: unknown): void {
    entry.failure = reasonOf(error);
    failures.push({ plugin: entry.plugin, point: entry.point, error });
    logger.error({ plugin: entry.plugin, point: entry.point, error }, 'a consumer failed');
  }

  function call(entry: ConsumerEntry): MaybePromise<void> {
    const all = listOf(entry.point);
    const before = new Set(entry.seen);
    const now = new Set(all);
    const delta = {
      added: all.filter((item) => !before.has(item)),
      removed: entry.seen.filter((item) => !now.has(item)),
    };
    entry.seen = all;
    return entry.handler(all, delta);
  }

  async function catchUp(entry: ConsumerEntry): Promise<void> {
    await Promise.resolve();
    while (entry.active && entry.seen !== listOf(entry.point)) {
      try {
        await call(entry);
        entry.failure = undefined;
      } catch (error) {
        fail(entry, error);
      }
    }
  }

  function follow(entry: ConsumerEntry, first?: Promise<void>): void {
    if (entry.running !== undefined) return;
    const work = async () => {
      await first?.catch((error: unknown) => fail(entry, error));
      await catchUp(entry);
    };
    entry.running = work().finally(() => {
      entry.running = undefined;
      if (entry.active && entry.seen !== listOf(entry.point)) follow(entry);
    });
  }

  function change(point: string, list: readonly Contribution<unknown>[]): void {
    if (list.length === 0) points.delete(point);
    else points.set(point, list);
    for (const entry of consumers) if (entry.point === point) follow(entry);
  }

  async function idle(): Promise<void> {
    for (;;) {
      const running = [...consumers].flatMap((entry) => entry.running ?? []);
      if (running.length === 0) return;
      await Promise.all(running);
    }
  }

  return {
    get size() {
      return size;
    },
    get consumers() {
      return consumers.size;
    },
    contribute(point, plugin, value) {
      const contribution = Object.freeze({ plugin, value });
      size += 1;
      change(point, [...listOf(point), contribution].sort(byRank));
      return () => {
        const rest = listOf(point).filter((other) => other !== contribution);
        if (rest.length === listOf(point).length) return;
        size -= 1;
        change(point, rest);
      };
    },
    consume(point, plugin, handler) {
      const entry: ConsumerEntry = {
        plugin,
        point,
        handler,
        seen: EMPTY,
        running: undefined,
        active: true,
        failure: undefined,
      };
      const first = call(entry);
      consumers.add(entry);
      if (first instanceof Promise) follow(entry, first);
      return () => {
        entry.active = false;
        consumers.delete(entry);
      };
    },
    idle,
    list: listOf,
    async settle(milliseconds) {
      const outcome = await withTimeout(idle, milliseconds, () => undefined);
      if (outcome === TIMED_OUT) {
        for (const entry of consumers) if (entry.running) fail(entry, tooSlow(entry, milliseconds));
      }
      const told = failures;
      failures = [];
      return told;
    },
    failing(plugin) {
      for (const entry of consumers) {
        if (entry.plugin === plugin && entry.failure !== undefined) {
          return `consumer of "${entry.point}" failed: ${entry.failure}`;
        }
      }
      return undefined;
    },
  };
}

function tooSlow({ plugin, point }: ConsumerEntry, milliseconds: number): ObjectOSError {
  const phase = `consumer of "${point}"`;
  return createError('plugin_timeout', { plugin, phase, milliseconds });
}
