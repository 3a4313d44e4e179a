import type { Route, RouteContext } from '@objectos/spec/contracts';
import { isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import type { BetterAuth } from '../better-auth/create.js';
import { inRequest, type RequestScope } from '../better-auth/request-scope.js';
import type { AuthConfig } from '../config.js';
import { forClients, toError, type ClientSession } from './answer.js';
import type { Endpoint } from './endpoints.js';
import { forward } from './forward.js';
import type { Guard, Outcome } from './guard.js';
import { checkNewPassword } from './new-password.js';

/** What the endpoints need. */
export interface HandlerParts {
  readonly config: AuthConfig;
  readonly guard: Guard;
  /** better-auth for an origin; loaded when it is first asked for. */
  readonly betterAuth: (origin: string) => Promise<BetterAuth>;
  /** @throws `second_factor_refused` for a code that its user used before */
  readonly useCode: (scope: RequestScope, code: string) => Promise<void>;
  /** @throws `auth_forbidden` for an organization that one does not belong to */
  readonly checkOrganization: (
    path: string,
    body: Readonly<Record<string, unknown>>,
    ctx: RouteContext,
  ) => Promise<void>;
  /** @throws `session_not_fresh` where who has no password must have signed in just now */
  readonly checkFresh: (path: string, ctx: RouteContext) => Promise<void>;
  readonly sessionById: (id: string) => Promise<ClientSession | undefined>;
  /** Told after each request that was answered or refused. */
  readonly tell: (told: Told) => void;
}

/** How a request of sign-in went. */
export interface Told {
  readonly endpoint: string;
  readonly context: RouteContext;
  readonly body: Readonly<Record<string, unknown>>;
  readonly signedIn: RequestScope['signedIn'];
  /** Error code of a refusal. */
  readonly code: string | undefined;
}

/** The handler of one endpoint of better-auth. */
export function createHandler(
  parts: HandlerParts,
  endpoint: Endpoint,
  prefix: string,
): Route['handler'] {
  return async (request, ctx) => {
    const { request: forwarded, body } = await forward(request, ctx, prefix);
    const scope: RequestScope = { context: ctx };
    const told = { endpoint: endpoint.path, context: ctx, body };
    try {
      const response = await answer(parts, endpoint, { forwarded, body, scope });
      parts.tell({ ...told, signedIn: scope.signedIn, code: redirectedWith(response) });
      return response;
    } catch (error) {
      const code = isObjectOSError(error) ? error.code : 'internal_error';
      parts.tell({ ...told, signedIn: undefined, code });
      throw error;
    }
  };
}

interface Call {
  readonly forwarded: Request;
  readonly body: Readonly<Record<string, unknown>>;
  readonly scope: RequestScope;
}

async function answer(parts: HandlerParts, { path }: Endpoint, call: Call): Promise<Response> {
  const { forwarded, body, scope } = call;
  const context = scope.context as RouteContext;
  const admitted = await parts.guard.admit(path, body, context);
  let outcome: Outcome = 'neither';
  try {
    await checkNewPassword(path, body, parts.config.password);
    await parts.checkOrganization(path, body, context);
    await parts.checkFresh(path, context);
    const auth = await parts.betterAuth(new URL(forwarded.url).origin);
    const response = await inRequest(scope, () => auth.handler(forwarded));
    if (response.status >= 400) {
      if (scope.failure !== undefined) throw scope.failure;
      const error = await toError(response);
      outcome = isGuess(error) ? 'wrong' : 'neither';
      throw error;
    }
    if (path === '/two-factor/verify-totp') await parts.useCode(scope, String(body['code']));
    outcome = isFailedRedirect(response) ? 'wrong' : 'right';
    return await shaped(parts, response, { forwarded, scope });
  } finally {
    await admitted.settle(outcome);
  }
}

function isGuess(error: ObjectOSError): boolean {
  return error.status === 401 || error.code === 'token_invalid';
}

/** Links that people open answer a wrong token by going on with `?error=…`. */
function isFailedRedirect(response: Response): boolean {
  return redirectedWith(response) !== undefined;
}

/** The `error` of the address that an answer goes on to. */
function redirectedWith(response: Response): string | undefined {
  const location = response.status < 400 ? response.headers.get('location') : null;
  return /[?&]error=([\w-]*)/.exec(location ?? '')?.[1];
}

async function shaped(
  parts: HandlerParts,
  response: Response,
  { forwarded, scope }: Pick<Call, 'forwarded' | 'scope'>,
): Promise<Response> {
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  // A redirection says that it is JSON, and has no body.
  if (!isJson || response.status !== 200) return response;
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return Response.json(body, { headers: withoutLength(response.headers) });
  }
  const tellsToken = forwarded.headers.has('authorization');
  const { signedIn } = scope;
  const session = signedIn === undefined ? undefined : await parts.sessionById(signedIn.sessionId);
  return Response.json(forClients(body as Record<string, unknown>, { session, tellsToken }), {
    headers: withoutLength(response.headers),
  });
}

function withoutLength(headers: Headers): Headers {
  const kept = new Headers(headers);
  kept.delete('content-length');
  return kept;
}
