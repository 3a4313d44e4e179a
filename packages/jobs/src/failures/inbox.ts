import type {
  Failure,
  FailureGroup,
  FailureInbox,
  FailureScope,
  FailureSource,
  Logger,
  Replayed,
  ReplayOptions,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { fingerprintOf } from './fingerprint.js';
import type { Mutes } from './mutes.js';

/** What the inbox stands on. */
export interface InboxParts {
  readonly sources: () => readonly FailureSource[];
  readonly mutes: Mutes;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Failures of one source that are looked at; older ones follow when these are done. */
const MOST_OF_SOURCE = 2_000;
/** Failures after which a replay tells how far it is. */
const TOLD_EVERY = 25;

/** Makes the one inbox over all sources. */
export function createFailureInbox({ sources, mutes, logger, now }: InboxParts): FailureInbox {
  async function collect(scope: FailureScope, only?: string) {
    const all: Failure[] = [];
    let truncated = false;
    for (const source of sources()) {
      if (only !== undefined && source.name !== only) continue;
      const found = await source.list({ tenantId: scope.tenantId, limit: MOST_OF_SOURCE });
      truncated ||= found.length >= MOST_OF_SOURCE;
      all.push(...found);
    }
    return { all, truncated };
  }

  async function find(source: string, id: string, { tenantId }: FailureScope) {
    const owner = sources().find(({ name }) => name === source);
    const failure = await owner?.get(id);
    // A failure of another tenant is one that does not exist.
    const isTheirs = tenantId === undefined || failure?.tenantId === tenantId;
    if (owner === undefined || failure === undefined || !isTheirs) {
      throw createError('failure_not_found', { failure: `${source}/${id}`.slice(0, 200) });
    }
    return { owner, failure };
  }

  async function ofGroup(fingerprint: string, scope: FailureScope): Promise<Failure[]> {
    const { all } = await collect(scope);
    const found = all.filter((failure) => fingerprintOf(failure) === fingerprint);
    if (found.length > 0) return found.sort((a, b) => b.at.localeCompare(a.at));
    throw createError('failure_not_found', { failure: fingerprint.slice(0, 100) });
  }

  /** Tries failures again, after others that `before` counts. */
  async function replayThese(
    failures: readonly Failure[],
    { onProgress, signal }: ReplayOptions = {},
    before: Replayed = { replayed: 0, refused: 0 },
  ): Promise<Replayed> {
    let { replayed, refused } = before;
    const total = replayed + refused + failures.length;
    for (const [index, { source, id }] of failures.entries()) {
      signal?.throwIfAborted();
      try {
        await sources()
          .find(({ name }) => name === source)
          ?.replay(id, {});
        replayed += 1;
      } catch (error) {
        // Somebody else may have replayed it in this moment; the others are worth a try.
        logger.warn({ source, id, error }, 'a failure could not be replayed');
        refused += 1;
      }
      const isTold = (index + 1) % TOLD_EVERY === 0 || index + 1 === failures.length;
      if (isTold) await onProgress?.({ done: replayed + refused, total, errors: refused });
    }
    return { replayed, refused };
  }

  return {
    async groups({ source, muted = false, ...scope }) {
      const { all, truncated } = await collect(scope, source);
      const hidden = await mutes.read(scope, now());
      const groups = group(all, hidden).filter(({ mutedUntil }) => muted || mutedUntil === null);
      return { groups, truncated };
    },
    list: ofGroup,
    async get(source, id, scope) {
      return (await find(source, id, scope)).failure;
    },
    async replay(source, id, { payload, ...scope }) {
      const { owner, failure } = await find(source, id, scope);
      if (payload !== undefined && !failure.editable) {
        throw createError('failure_not_editable', { failure: `${source}/${id}` });
      }
      await owner.replay(id, { payload });
    },
    async replayGroup(fingerprint, scope, options) {
      return replayThese(await ofGroup(fingerprint, scope), options);
    },
    async replayAll({ source, ...scope }, options) {
      const begun = new Date(now()).toISOString();
      const tried = new Set<string>();
      const hidden = await mutes.read(scope, now());
      let sum: Replayed = { replayed: 0, refused: 0 };
      for (;;) {
        const { all } = await collect(scope, source);
        const next = all.filter(
          (failure) =>
            failure.at <= begun &&
            !tried.has(keyOf(failure)) &&
            !hidden.has(fingerprintOf(failure)),
        );
        if (next.length === 0) return sum;
        for (const failure of next) tried.add(keyOf(failure));
        sum = await replayThese(next, options, sum);
      }
    },
    async mute(fingerprint, until, scope) {
      await ofGroup(fingerprint, scope);
      await mutes.set(fingerprint, until, scope);
    },
    unmute: (fingerprint, scope) => mutes.set(fingerprint, null, scope),
  };
}

function keyOf({ source, id }: Failure): string {
  return `${source}/${id}`;
}

function group(failures: readonly Failure[], muted: ReadonlyMap<string, string>): FailureGroup[] {
  const groups = new Map<string, FailureGroup>();
  for (const failure of failures) {
    const fingerprint = fingerprintOf(failure);
    const { source, title, code, message, at } = failure;
    const known = groups.get(fingerprint);
    const isNewer = known === undefined || at > known.lastAt;
    groups.set(fingerprint, {
      fingerprint,
      source,
      title,
      code,
      message: isNewer ? message : known.message,
      count: (known?.count ?? 0) + 1,
      firstAt: known === undefined || at < known.firstAt ? at : known.firstAt,
      lastAt: isNewer ? at : known.lastAt,
      mutedUntil: muted.get(fingerprint) ?? null,
    });
  }
  return [...groups.values()].sort((a, b) => b.lastAt.localeCompare(a.lastAt));
}
