import type {
  ExecutionContext,
  MaybePromise,
  Principal,
  RequestObserver,
  RequestOrigin,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Limits } from '../limits.js';
import type { ApiQuota } from '../rates/api-quota.js';
import type { RateGate } from '../rates/rate-gate.js';
import type { MatchedRoute, RouteTable } from '../routes/route-table.js';
import type { Authenticate } from '../security/authentication.js';
import type { CrossSiteCheck } from '../security/cross-site.js';
import type { Elevation } from '../security/elevation.js';
import { isPublicPath } from '../security/public-routes.js';
import { createLocaleReader } from './locale.js';
import { pathOf } from './reply.js';
import { shownPath } from './shown-path.js';
import { installObservation } from './observation.js';
import { readTrace } from './trace.js';

/** What the request hook needs to know. */
export interface RequestHookOptions {
  readonly limits: Limits;
  readonly defaultLocale: string;
  readonly authenticate: Authenticate;
  readonly routes: () => RouteTable;
  /** Who follows requests at this moment; usually nobody, or one. */
  readonly observers: () => readonly RequestObserver[];
  /** On every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rates: RateGate;
  readonly quota: ApiQuota;
  readonly elevation: Elevation;
  readonly crossSite: CrossSiteCheck;
}

/** What is kept of the user agent. */
const USER_AGENT_LENGTH = 512;

/** Who acts on a public contributed route when nobody said who they are. Has no right at all. */
const ANONYMOUS: Principal = {
  kind: 'user',
  id: 'anonymous',
  tenantId: null,
  roles: [],
  fingerprint: 'anonymous',
};

/**
 * Registers the one hook that every request passes, whatever its route: headers, limits, who acts.
 * It is global on purpose: a hook or middleware that is bound to a path can be walked around.
 */
export function installRequestHook(fastify: FastifyInstance, options: RequestHookOptions): void {
  const admit = createAdmission(options);
  fastify.decorateRequest('objectos', null);
  fastify.decorateRequest('rates', null);
  installObservation(fastify, options.observers);
  fastify.addHook('onRequest', (request, reply, done) => {
    let pending: MaybePromise<void>;
    try {
      pending = admit(request, reply);
    } catch (failure) {
      done(failure as Error);
      return;
    }
    if (pending === undefined) done();
    else pending.then(() => done(), done);
  });
}

/** A request under way. */
interface Call {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly path: string;
}

function createAdmission(options: RequestHookOptions) {
  const { limits, routes, authenticate, rates, quota, elevation, crossSite } = options;
  const localeOf = createLocaleReader(options.defaultLocale);

  function contextOf(request: FastifyRequest, principal: Principal): ExecutionContext {
    return {
      principal,
      requestId: request.id,
      locale: localeOf(request.headers['accept-language']),
      deadline: Date.now() + limits.deadlineMs,
      trace: request.observed?.trace ?? readTrace(request.headers.traceparent),
      origin: originOf(request, principal),
    };
  }

  function enter(request: FastifyRequest, context: ExecutionContext, route?: MatchedRoute): void {
    request.objectos = { access: 'granted', context, route };
  }

  /** Counted is who they are; the organization that they ask to act in does not pay for it. */
  function enterKnown(
    { request, reply }: Call,
    principal: Principal,
    route?: MatchedRoute,
  ): MaybePromise<void> {
    const { method, headers } = request;
    const proceed = (): MaybePromise<void> => {
      const asked = { method, headers, path: () => shownPath(request, route) };
      const context = elevation.apply(asked, contextOf(request, principal));
      if (!isPromise(context)) enter(request, context, route);
      else return context.then((elevated) => enter(request, elevated, route));
    };
    const counted = quota.admit(principal, reply);
    return isPromise(counted) ? counted.then(proceed) : proceed();
  }

  function findRoute(request: FastifyRequest, path: string): MatchedRoute | undefined {
    // A route of the server itself goes first; only what it does not know may be a plugin's.
    return request.is404 ? routes().match(request.method, path) : undefined;
  }

  /** Who did not say who they are: counted by address, and let in where nobody need say it. */
  function enterUnknown(call: Call, failure: unknown): void {
    const { request, reply, path } = call;
    const route = findRoute(request, path);
    rates.admit(request, reply, { principal: undefined, route: routeOf(request, route) });
    if (route?.route.access !== 'public') throw failure;
    enter(request, contextOf(request, ANONYMOUS), route);
  }

  function decide(call: Call, principal: Principal | undefined): MaybePromise<void> {
    const { request, reply, path } = call;
    if (principal === undefined) {
      const reason = 'This request bears no credential.';
      return enterUnknown(call, createError('unauthenticated', { reason }));
    }
    crossSite.check(request.method, request.headers);
    const route = findRoute(request, path);
    rates.admit(request, reply, { principal, route: routeOf(request, route) });
    return enterKnown(call, principal, route);
  }

  /** A stale credential does not lock anybody out of a public route, such as the one to sign in. */
  function decideRejected(call: Call, failure: unknown): void {
    if (!isObjectOSError(failure, 'unauthenticated')) throw failure;
    enterUnknown(call, failure);
  }

  return (request: FastifyRequest, reply: FastifyReply): MaybePromise<void> => {
    reply.headers(options.headers).header('x-request-id', request.id);
    const url = request.raw.url ?? '';
    if (url.length > limits.urlLength) throw createError('url_too_long', { max: limits.urlLength });
    const path = pathOf(url);
    if (isPublicPath(request.method, path)) {
      request.objectos = { access: 'public' };
      return;
    }
    const call = { request, reply, path };
    let principal: MaybePromise<Principal | undefined>;
    try {
      principal = authenticate(credentialsOf(request, path));
    } catch (failure) {
      decideRejected(call, failure);
      return;
    }
    if (!isPromise(principal)) return decide(call, principal);
    return principal.then(
      (found) => decide(call, found),
      (failure: unknown) => decideRejected(call, failure),
    );
  };
}

function routeOf(request: FastifyRequest, contributed?: MatchedRoute): string | undefined {
  return contributed?.route.path ?? request.routeOptions.url;
}

function originOf(request: FastifyRequest, principal: Principal): RequestOrigin {
  return {
    ip: request.ip,
    userAgent: request.headers['user-agent']?.slice(0, USER_AGENT_LENGTH),
    sessionId: principal.kind === 'user' ? principal.sessionId : undefined,
    surface: 'http',
  };
}

function credentialsOf(request: FastifyRequest, path: string) {
  return {
    method: request.method,
    path,
    headers: request.headers,
    // The peer of the socket, or what a proxy says that the configuration trusts by its address.
    remoteAddress: request.ip,
  };
}

function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
