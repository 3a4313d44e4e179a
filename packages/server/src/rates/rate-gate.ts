import { addressKey, type Principal } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RateLimits } from './config.js';
import {
  createRateCounters,
  usedOf,
  type RateCounters,
  type RateCountersOptions,
  type RateRule,
  type Usage,
} from './rate-counters.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The limits that this request counts against; `null` when none does. */
    rates: readonly Subject[] | null;
  }
}

/** One limit and who is counted. */
interface Subject {
  readonly rule: RateRule;
  readonly key: string;
  readonly who: string;
}

/** Where a request is counted. */
export interface Rated {
  /** Absent for who did not sign in. */
  readonly principal: Principal | undefined;
  /** The route as it was registered. */
  readonly route: string | undefined;
}

/** Holds requests against the rate limits. */
export interface RateGate {
  /** Counts a request, and tells the client where it stands. @throws `rate_limited` */
  admit(request: FastifyRequest, reply: FastifyReply, rated: Rated): void;
  /** Where an address used up its limit: makes the refusal. */
  spent(address: string): (() => Error) | undefined;
  /** Counts against an address what is answered all the same. */
  note(address: string): void;
  /** Counts more of an admitted request: the other operations of a batch. @throws `rate_limited` */
  charge(request: FastifyRequest, by: number): void;
  /** Counts more of a request whose work is done already: what comes after it may be refused. */
  add(request: FastifyRequest, by: number): void;
  /** Exchanges counts with other nodes. */
  sync(): Promise<void>;
}

/** Makes the gate of one server. */
export function createRateGate(limits: RateLimits, options: RateCountersOptions = {}): RateGate {
  const counters = createRateCounters(options);
  const { address: rate } = limits;
  const byAddress = rate === false ? undefined : counters.rule('address', rate);
  const subjectsOf = createSubjects(limits, counters, byAddress);
  return {
    spent(address) {
      if (byAddress === undefined) return undefined;
      const now = counters.now();
      const usage = counters.peek(byAddress, addressKey(address), now);
      if (usage === undefined || usedOf(usage) < byAddress.requests) return undefined;
      return () => refusal({ rule: byAddress, who: 'this address' }, now);
    },
    note(address) {
      if (byAddress === undefined) return;
      const usage = counters.usage(byAddress, addressKey(address), counters.now());
      counters.add(byAddress, usage, 1);
    },
    admit(request, reply, rated) {
      const subjects = subjectsOf(request, rated);
      if (subjects.length === 0) return;
      request.rates = subjects;
      take(counters, subjects, { by: 1, reply });
    },
    charge(request, by) {
      if (request.rates !== null && by > 0) take(counters, request.rates, { by });
    },
    add(request, by) {
      const now = counters.now();
      for (const { rule, key } of by > 0 ? (request.rates ?? []) : []) {
        counters.add(rule, counters.usage(rule, key, now), by);
      }
    },
    sync: () => counters.sync(),
  };
}

function createSubjects(
  limits: RateLimits,
  counters: RateCounters,
  byAddress: RateRule | undefined,
) {
  const ruleOf = (id: 'principal' | 'tenant'): RateRule | undefined => {
    const rate = limits[id];
    return rate === false ? undefined : counters.rule(id, rate);
  };
  const [byPrincipal, byTenant] = [ruleOf('principal'), ruleOf('tenant')];
  const byRoute = new Map<string, { rule: RateRule; per: 'address' | 'principal' | 'tenant' }[]>();
  for (const { method, path, per, ...rate } of limits.routes) {
    const route = `${method} ${path}`;
    const rules = byRoute.get(route) ?? [];
    rules.push({ rule: counters.rule(`${route} ${per}`, rate), per });
    byRoute.set(route, rules);
  }

  return (request: FastifyRequest, { principal, route }: Rated): Subject[] => {
    const subjects: Subject[] = [];
    const user = principal?.kind === 'user' ? principal : undefined;
    const add = (rule: RateRule | undefined, key: string, who: string): void => {
      if (rule !== undefined) subjects.push({ rule, key, who });
    };
    if (principal === undefined) add(byAddress, addressKey(request.ip), 'this address');
    if (user !== undefined) {
      add(byPrincipal, user.id, 'this user');
      if (user.tenantId !== null) add(byTenant, user.tenantId, 'this organization');
    }
    if (byRoute.size > 0 && route !== undefined) {
      const method = request.method === 'HEAD' ? 'GET' : request.method;
      for (const { rule, per } of byRoute.get(`${method} ${route}`) ?? []) {
        add(rule, keyOf(per, principal, request), `${method} ${route}`);
      }
    }
    return subjects;
  };
}

function keyOf(
  per: 'address' | 'principal' | 'tenant',
  principal: Principal | undefined,
  request: FastifyRequest,
): string {
  if (per === 'address' || principal === undefined) return addressKey(request.ip);
  if (per === 'tenant') return principal.tenantId ?? '';
  return `${principal.kind} ${principal.id}`;
}

/** All or nothing: what is refused by one limit counts against none. */
function take(
  counters: RateCounters,
  subjects: readonly Subject[],
  { by, reply }: { readonly by: number; readonly reply?: FastifyReply },
): void {
  const now = counters.now();
  const usages = subjects.map(({ rule, key }) => counters.usage(rule, key, now));
  let tightest: { subject: Subject; left: number; share: number } | undefined;
  for (const [index, subject] of subjects.entries()) {
    const left = subject.rule.requests - usedOf(usages[index] as Usage) - by;
    if (left < 0) {
      if (reply !== undefined) tell(reply, { subject, left: 0, now });
      throw refusal(subject, now);
    }
    const share = left / subject.rule.requests;
    if (tightest === undefined || share < tightest.share) tightest = { subject, left, share };
  }
  for (const [index, { rule }] of subjects.entries()) {
    counters.add(rule, usages[index] as Usage, by);
  }
  if (reply !== undefined && tightest !== undefined) tell(reply, { ...tightest, now });
}

/** The limit that is nearest, as draft-ietf-httpapi-ratelimit-headers (versions 3 to 7) writes it. */
function tell(
  reply: FastifyReply,
  { subject: { rule }, left, now }: { subject: Subject; left: number; now: number },
): void {
  reply.headers({
    'ratelimit-limit': rule.requests,
    'ratelimit-remaining': left,
    'ratelimit-reset': secondsLeft(rule, now),
    'ratelimit-policy': `${rule.requests};w=${rule.seconds}`,
  });
}

function refusal({ rule, who }: Pick<Subject, 'rule' | 'who'>, now: number): Error {
  const { requests, seconds: window } = rule;
  const seconds = secondsLeft(rule, now);
  const details = { retryAfterSeconds: seconds };
  return createError('rate_limited', { who, requests, window, seconds }, { details });
}

/** At least 1: a client that comes back at once would be refused again. */
function secondsLeft({ seconds }: RateRule, now: number): number {
  const length = seconds * 1000;
  return Math.max(1, Math.ceil((length - (now % length)) / 1000));
}
