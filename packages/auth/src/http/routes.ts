import {
  routesPoint,
  type DataEngine,
  type PluginContext,
  type Route,
} from '@objectos/spec/contracts';
import type { AuthConfig } from '../config.js';
import { checkActiveOrganization } from './active-organization.js';
import { endpointsOf, PREFIXES } from './endpoints.js';
import { apiKeyEndpoints } from '../api-keys/routes.js';
import { useCode } from '../better-auth/used-codes.js';
import { checkFreshSession } from './fresh-session.js';
import { createHandler, type HandlerParts } from './handler.js';
import { clientSession, sessionEndpoints } from './sessions.js';

/** What the routes of sign-in are made of. */
export interface RouteParts extends Omit<
  HandlerParts,
  'sessionById' | 'useCode' | 'checkOrganization' | 'checkFresh'
> {
  readonly engine: DataEngine;
}

/** Contributes every endpoint below each prefix. */
export function contributeRoutes(ctx: PluginContext<AuthConfig>, parts: RouteParts): void {
  const { engine } = parts;
  const handlerParts: HandlerParts = {
    ...parts,
    checkOrganization: (path, body, context) =>
      checkActiveOrganization(engine, path, body, context),
    checkFresh: (path, context) => checkFreshSession(engine, path, context),
    sessionById: (id) => clientSession(engine, id),
    useCode: (scope, code) => useCode(engine, scope, code),
  };
  const add = (route: Route) => ctx.contribute(routesPoint, route);
  for (const prefix of PREFIXES) {
    for (const endpoint of endpointsOf(parts.config)) {
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
        handler,
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
