import type { ExecutionContext } from './context.js';
import type { MaybePromise } from './disposable.js';
import type { Principal } from './principal.js';
import { contributionPoint, serviceRef } from './refs.js';

/** What a contributed route handler is given beside the request. */
export interface RouteContext extends ExecutionContext {
  /** Values of the `:name` parts of the path. */
  readonly params: Readonly<Record<string, string>>;
}

/** A contributed route: a web-standard handler that knows nothing of Nest or Fastify. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with `:name` parts, e.g. `/api/jobs/:id/retry`. */
  readonly path: string;
  /** `public` routes must also stand in the server's checked-in list of public routes. */
  readonly access: 'authenticated' | 'public';
  /**
   * `whole` (default): the handler runs when the body is there; it has at most the server's
   * `bodyBytes`, and JSON in it was checked. `stream`: the handler runs at once, and reads a body of
   * any type and length as it arrives, with a limit of its own.
   */
  readonly body?: 'whole' | 'stream' | undefined;
  readonly handler: (request: Request, ctx: RouteContext) => MaybePromise<Response>;
}

/** Plugins add HTTP routes here; the server plugin serves them, also when they come and go at run time. */
export const routesPoint = contributionPoint<Route>('http.routes');

/** The parts of a request that authentication may look at. */
export interface AuthenticationRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly remoteAddress: string;
}

/** Turns a request into a principal. The auth plugin provides it. */
export interface Authenticator {
  /** `undefined` when the request bears no credential; throws `unauthenticated` for a bad one. */
  authenticate(request: AuthenticationRequest): MaybePromise<Principal | undefined>;
  /**
   * False for a credential that was never good here, so that it takes a look-up to refuse it. Answers
   * without one. Absent: no look-up is spared.
   */
  knows?(request: AuthenticationRequest): boolean;
  /**
   * Sessions of browsers, held by a cookie. A request with `Authorization` or `X-Api-Key` must not be
   * authenticated by its cookie: the server checks where the others come from.
   */
  readonly cookies?: SessionCookies | undefined;
}

/** How sessions of browsers are held. */
export interface SessionCookies {
  /** Name of the cookie that stands for a session. Nobody but its bearer can know its value. */
  name(): string;
  /** Whether pages of this origin, beside the server's own, may change something with it. */
  trusts(origin: string): boolean;
}

/** The authenticator. Absent: loopback and the start-up token only. */
export const authenticatorService = serviceRef<Authenticator>('authenticator');

/** Where the HTTP server listens. */
export interface HttpServer {
  readonly url: string;
  /** Origin under which people reach the server: the configured one, else `url`. */
  readonly origin: string;
  /** The token printed at start-up while no authentication plugin is loaded. */
  readonly startupToken: string | undefined;
}

/** The running HTTP server. */
export const httpServerService = serviceRef<HttpServer>('http.server');
