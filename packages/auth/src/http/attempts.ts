import { createError } from '@objectos/spec/errors';
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import type { Failures, FailuresByKey, FailureStore } from './failure-store.js';

const MAX_KEYS = 50_000;

/** How long a refusal is repeated without a look at what other nodes know. */
const TRUST_MS = 1_000;

/** How many failures, and how long the waits. */
export interface AttemptRules {
  readonly limit: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/** A key and by which rules its failures are counted. */
export interface Counted {
  readonly key: string;
  readonly rules: AttemptRules;
}

/** One attempt under way. A key that is told nothing of has failed. */
export interface Attempt {
  /** @param told `right`: its failures are forgotten; `neither`: this attempt does not count */
  settle(told: ReadonlyMap<Counted, 'right' | 'neither'>): Promise<void>;
}

/**
 * Counts failed attempts by key, on all nodes together. An attempt counts as failed from its
 * beginning, so however many arrive at once, wherever, no more than the limit are looked at. After
 * the limit each failure doubles the wait.
 */
export function createAttempts(store: FailureStore, now: () => number = Date.now) {
  const refused = new LRUCache<string, number>({ max: MAX_KEYS });
  // One after another, so that a flood on one account does not hold many connections.
  let before: Promise<unknown> = Promise.resolve();

  function refuseKnown(ids: Iterable<string>): void {
    for (const id of ids) {
      const until = refused.get(id);
      if (until === undefined) continue;
      if (until > now()) throw tooMany(until - now());
      refused.delete(id);
    }
  }

  async function start(counted: ReadonlyMap<string, AttemptRules>): Promise<Begun> {
    let begun: Begun = new Map();
    refuseKnown(counted.keys());
    await store.change([...counted.keys()], (known) => {
      const at = now();
      for (const id of counted.keys()) {
        const until = known.get(id)?.blockedUntil ?? 0;
        if (until <= at) continue;
        refused.set(id, Math.min(until, at + TRUST_MS));
        throw tooMany(until - at);
      }
      begun = new Map(
        [...counted].map(([id, rules]) => {
          const was = liveOf(known.get(id), at);
          return [id, { was, is: failed(was, rules, at) }];
        }),
      );
      return new Map([...begun].map(([id, { is }]) => [id, is]));
    });
    return begun;
  }

  return {
    /** @throws `too_many_attempts` when one of the keys has to wait; then it counts for none */
    async begin(counted: readonly Counted[]): Promise<Attempt> {
      const rules = new Map(counted.map((one) => [idOf(one.key), one.rules]));
      refuseKnown(rules.keys());
      const turn = before.then(() => start(rules));
      before = turn.catch(() => undefined);
      const begun = await turn;
      return {
        async settle(told) {
          const outcomes = new Map([...told].map(([{ key }, outcome]) => [idOf(key), outcome]));
          if (outcomes.size === 0) return;
          await store.change([...outcomes.keys()], (known) => settled(begun, known, outcomes));
        },
      };
    },
    sweep: () => store.sweep(now()),
  };
}

/** Failed attempts by key. */
export type Attempts = ReturnType<typeof createAttempts>;

type Begun = ReadonlyMap<string, { readonly was: Failures; readonly is: Failures }>;

function liveOf(known: Failures | undefined, at: number): Failures {
  if (known !== undefined && known.expiresAt > at) return known;
  return { count: 0, blockedUntil: 0, expiresAt: 0 };
}

function failed(was: Failures, rules: AttemptRules, at: number): Failures {
  const count = was.count + 1;
  const over = count - rules.limit;
  const wait = over < 0 ? 0 : Math.min(rules.firstWaitMs * 2 ** over, rules.longestWaitMs);
  const blockedUntil = over < 0 ? was.blockedUntil : at + wait;
  // Remembered beyond the wait, or the longest one would end with a clean slate.
  return { count, blockedUntil, expiresAt: at + wait + rules.longestWaitMs };
}

function settled(
  begun: Begun,
  known: FailuresByKey,
  outcomes: ReadonlyMap<string, 'right' | 'neither'>,
): FailuresByKey {
  return new Map(
    [...outcomes].map(([id, outcome]) => {
      const one = known.get(id);
      if (outcome === 'right' || one === undefined || one.count <= 1) return [id, undefined];
      const mine = begun.get(id);
      // A wait that a later failure began is not ours to take back.
      const isMine = mine?.is.blockedUntil === one.blockedUntil;
      const blockedUntil = isMine ? mine.was.blockedUntil : one.blockedUntil;
      return [id, { ...one, count: one.count - 1, blockedUntil }];
    }),
  );
}

function idOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function tooMany(waitMs: number): Error {
  const seconds = Math.ceil(waitMs / 1000);
  return createError('too_many_attempts', { seconds }, { details: { retryAfterSeconds: seconds } });
}
