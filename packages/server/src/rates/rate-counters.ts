import type { CounterService } from '@objectos/spec/contracts';
import type { Rate } from './config.js';

/** What was used of one limit by one key in the running window. */
export interface Usage {
  /** Whose: the key, or nobody's own where too many came. */
  readonly key: string;
  /** What the shared counters last told, or what is known without them. */
  known: number;
  /** What is on its way to the shared counters. */
  sending: number;
  /** What they were not told yet. */
  unsent: number;
}

/** One limit and its running window. */
export interface RateRule {
  readonly id: string;
  readonly requests: number;
  readonly seconds: number;
  window: number;
  usages: Map<string, Usage>;
}

/** What the counters of rates are made of. */
export interface RateCountersOptions {
  readonly now?: (() => number) | undefined;
  /** Counters that other nodes share; absent, or not shared, this node counts for itself. */
  readonly counters?: (() => CounterService | undefined) | undefined;
  /** Most keys of one rule in one window. Those who come later share one count. */
  readonly maxKeys?: number | undefined;
}

/** Counts requests in fixed windows, in memory. */
export interface RateCounters {
  rule(id: string, rate: Rate): RateRule;
  usage(rule: RateRule, key: string, now: number): Usage;
  /** What a key used already, if anything. */
  peek(rule: RateRule, key: string, now: number): Usage | undefined;
  add(rule: RateRule, usage: Usage, by: number): void;
  /** Exchanges counts with the other nodes. Never throws: without them each node counts for itself. */
  sync(): Promise<void>;
  now(): number;
}

interface Unsent {
  readonly name: string;
  readonly usage: Usage;
  readonly ttl: number;
}

/** Shared counters outlive their window by this much, for nodes whose clocks differ. */
const GRACE_MS = 10_000;

/**
 * Makes the counters. No request waits for another node: each counts in memory, and `sync` exchanges
 * the counts in the background. Between two exchanges nodes may together serve more than the limit.
 */
export function createRateCounters({
  now = Date.now,
  counters = () => undefined,
  maxKeys = 100_000,
}: RateCountersOptions = {}): RateCounters {
  let unsent = new Map<Usage, Unsent>();
  let syncing = false;

  async function exchange(service: CounterService): Promise<void> {
    const batch = [...unsent.values()];
    unsent = new Map();
    for (const { usage } of batch) {
      usage.sending = usage.unsent;
      usage.unsent = 0;
    }
    try {
      const values = await service.add(
        batch.map(({ name, usage, ttl }) => ({ key: name, by: usage.sending, ttl })),
      );
      for (const [index, { usage }] of batch.entries()) {
        usage.known = Math.max(usage.known + usage.sending, values[index] ?? 0);
        usage.sending = 0;
      }
    } catch {
      // The health of the cache tells that Redis is away; here each node goes on by itself.
      for (const { usage } of batch) {
        usage.known += usage.sending;
        usage.sending = 0;
      }
    }
  }

  return {
    now,
    rule: (id, { requests, seconds }) => ({
      id,
      requests,
      seconds,
      window: -1,
      usages: new Map(),
    }),
    usage(rule, key, at) {
      const window = Math.floor(at / (rule.seconds * 1000));
      if (rule.window !== window) {
        rule.window = window;
        rule.usages = new Map();
      }
      const known = rule.usages.get(key);
      if (known !== undefined) return known;
      const place = rule.usages.size < maxKeys ? key : '';
      const usage = rule.usages.get(place) ?? { key: place, known: 0, sending: 0, unsent: 0 };
      rule.usages.set(place, usage);
      return usage;
    },
    peek({ seconds, window, usages }, key, at) {
      if (window !== Math.floor(at / (seconds * 1000))) return undefined;
      return usages.get(key) ?? (usages.size < maxKeys ? undefined : usages.get(''));
    },
    add(rule, usage, by) {
      usage.unsent += by;
      if (counters()?.shared !== true || unsent.has(usage)) return;
      const name = `rate:${rule.id}:${rule.window}:${usage.key}`;
      unsent.set(usage, { name, usage, ttl: rule.seconds * 1000 + GRACE_MS });
    },
    async sync() {
      const service = counters();
      if (service === undefined || syncing || unsent.size === 0) return;
      syncing = true;
      try {
        await exchange(service);
      } finally {
        syncing = false;
      }
    },
  };
}

/** Requests of a usage, wherever they were counted. */
export function usedOf({ known, sending, unsent }: Usage): number {
  return known + sending + unsent;
}
