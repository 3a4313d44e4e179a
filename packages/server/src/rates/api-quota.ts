import type { Logger, MaybePromise, Principal, QuotaService } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FastifyReply } from 'fastify';

const QUOTA = 'apiCallsPerDay';
const DAY = 86_400_000;

/** The calls of one organization on one day. */
interface Tally {
  readonly day: number;
  /** What the counter in the database held, this node's calls included as far as they were sent. */
  known: number | undefined;
  sending: number;
  unsent: number;
  loading: Promise<void> | undefined;
}

/** Holds requests against the calls that their organization has in a day. */
export interface ApiQuota {
  /** Counts a request, and tells the client where its organization stands. @throws `daily_quota_exceeded` */
  admit(principal: Principal, reply: FastifyReply): MaybePromise<void>;
  /** Adds what was counted to the counter that all nodes share. Never throws. */
  flush(): Promise<void>;
}

/**
 * Makes the counters of a node. It counts in memory, from where the shared counter stood, and writes to
 * that one in the background: one node never serves more than the limit, several may together serve
 * what they do between two writes, and a node that is killed takes as much with it uncounted.
 */
export function createApiQuota(
  quotas: () => QuotaService | undefined,
  logger: Pick<Logger, 'warn'>,
  now: () => number = Date.now,
): ApiQuota {
  const tallies = new Map<string, Tally>();

  function tallyOf(organization: string, day: number): Tally {
    const known = tallies.get(organization);
    if (known?.day === day) return known;
    const tally = { day, known: undefined, sending: 0, unsent: 0, loading: undefined };
    tallies.set(organization, tally);
    return tally;
  }

  async function load(service: QuotaService, organization: string, tally: Tally): Promise<void> {
    try {
      tally.known = await service.add(QUOTA, organization, 0);
    } finally {
      tally.loading = undefined;
    }
  }

  async function send(service: QuotaService, organization: string, tally: Tally): Promise<void> {
    tally.sending = tally.unsent;
    tally.unsent = 0;
    try {
      tally.known = await service.add(QUOTA, organization, tally.sending);
    } catch (error) {
      tally.unsent += tally.sending;
      logger.warn({ error }, 'calls of the API could not be counted; trying again');
    } finally {
      tally.sending = 0;
    }
  }

  return {
    admit(principal, reply) {
      const service = quotas();
      if (service === undefined || principal.kind !== 'user') return;
      const { tenantId } = principal;
      if (tenantId === null) return;
      const limit = service.limitOf(QUOTA, tenantId);
      if (limit === undefined) return;
      const at = now();
      const tally = tallyOf(tenantId, Math.floor(at / DAY));
      if (tally.known !== undefined) return take(tally, { limit, at, reply });
      tally.loading ??= load(service, tenantId, tally);
      return tally.loading.then(() => take(tally, { limit, at, reply }));
    },
    async flush() {
      const service = quotas();
      if (service === undefined) return;
      const today = Math.floor(now() / DAY);
      for (const [organization, tally] of [...tallies]) {
        // The counter of a day that is over decides nothing any more.
        if (tally.day !== today) tallies.delete(organization);
        else if (tally.unsent > 0 && tally.sending === 0) await send(service, organization, tally);
      }
    },
  };
}

function take(
  tally: Tally,
  {
    limit,
    at,
    reply,
  }: { readonly limit: number; readonly at: number; readonly reply: FastifyReply },
): void {
  const used = (tally.known ?? 0) + tally.sending + tally.unsent;
  const seconds = Math.max(1, Math.ceil((DAY - (at % DAY)) / 1_000));
  const isOver = used >= limit;
  reply.headers({
    'x-quota-limit': limit,
    'x-quota-remaining': isOver ? 0 : limit - used - 1,
    'x-quota-reset': seconds,
  });
  if (!isOver) {
    tally.unsent += 1;
    return;
  }
  const details = { quota: QUOTA, limit, used };
  throw createError(
    'daily_quota_exceeded',
    { ...details, seconds },
    { details: { ...details, retryAfterSeconds: seconds } },
  );
}
