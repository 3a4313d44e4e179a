import {
  routesPoint,
  type DataEngine,
  type PluginContext,
  type Route,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { AuthConfig } from '../config.js';
import { ENDPOINTS, PREFIXES } from './endpoints.js';
import { apiKeyEndpoints } from '../api-keys/routes.js';
import { useCode } from '../better-auth/used-codes.js';
import { createHandler, type HandlerParts } from './handler.js';
import { clientSession, sessionEndpoints } from './sessions.js';

/** What the routes of sign-in are made of. */
export interface RouteParts extends Omit<HandlerParts, 'sessionById' | 'useCode'> {
  readonly engine: DataEngine;
}

/** Contributes every endpoint below each prefix. */
export function contributeRoutes(ctx: PluginContext<AuthConfig>, parts: RouteParts): void {
  const { engine } = parts;
  const handlerParts: HandlerParts = {
    ...parts,
    sessionById: (id) => clientSession(engine, id),
    useCode: (scope, code) => useCode(engine, scope, code),
  };
  const add = (route: Route) => ctx.contribute(routesPoint, route);
  for (const prefix of PREFIXES) {
    for (const endpoint of ENDPOINTS) {
      const { method, access } = endpoint;
      const handler = createHandler(handlerParts, endpoint, prefix);
      add({ method, path: prefix + endpoint.path, access, handler });
    }
    add({
      method: 'GET',
      path: `${prefix}/providers`,
      access: 'public',
      handler: () => Response.json({ success: true, data: waysIn(parts.config) }),
    });
    const own = { ...sessionEndpoints(engine), ...apiKeyEndpoints(engine) };
    for (const [name, handler] of Object.entries(own)) {
      const [method, path] = name.split(' ') as [Route['method'], string];
      add({
        method,
        path: prefix + path,
        access: 'authenticated',
        handler: checkOrigin(handler, parts.config),
      });
    }
  }
}

/** What a sign-in page offers. */
function waysIn({ providers, signUp }: AuthConfig) {
  const list = Object.entries(providers).map(([id, { kind, label }]) => ({
    id,
    kind,
    label: label ?? id,
  }));
  return {
    password: true,
    passkey: true,
    magicLink: true,
    signUp: signUp === 'open',
    providers: list,
  };
}

/** A page of another origin must not use the visitor's cookie here either. @throws `origin_refused` */
function checkOrigin(handler: Route['handler'], { trustedOrigins }: AuthConfig): Route['handler'] {
  return (request, ctx) => {
    const own = new URL(request.url).origin;
    const from = request.headers.get('origin');
    const byCookie = request.headers.has('cookie') && !request.headers.has('authorization');
    if (
      request.method !== 'GET' &&
      byCookie &&
      from !== own &&
      !trustedOrigins.includes(from ?? '')
    ) {
      throw createError('origin_refused', { reason: from ?? 'it sends no origin.' });
    }
    return handler(request, ctx);
  };
}
