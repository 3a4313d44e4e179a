import type { FastifyRequest } from 'fastify';
import type { MatchedRoute } from '../routes/route-table.js';

/** Parameters of routes that name things; whatever else stands in a path may open something. */
const NAMING: ReadonlySet<string> = new Set(['object', 'id', 'view', 'organization', 'field']);
const NAME = /^[\w-]{1,64}$/;
/** Of a path that no route has: where it may have been meant to go. */
const KNOWN_SEGMENTS = 2;

/**
 * The path of a request as logs and the audit log may have it: the pattern of its route, with the
 * parameters that name things filled in. Links for one use, resets and unsubscriptions carry their
 * token in the path, and a path of no route may be such a link with a slip in it.
 *
 * @example shownPath(request) // '/api/auth/reset-password/:token'
 */
export function shownPath(request: FastifyRequest, matched?: MatchedRoute): string {
  const pattern = matched?.route.path ?? request.routeOptions.url;
  if (pattern === undefined) return beginning(request.raw.url ?? '');
  const params = (matched?.params ?? request.params) as Readonly<Record<string, unknown>> | null;
  return pattern.replace(/:(\w+)/g, (parameter, name: string) => {
    const value = params?.[name];
    return NAMING.has(name) && typeof value === 'string' && NAME.test(value) ? value : parameter;
  });
}

function beginning(url: string): string {
  const [path = ''] = url.split(/[?#]/, 1);
  const [, ...segments] = path.split('/');
  // The last segment is never shown: that is where a token stands.
  const shown = segments.slice(0, Math.min(KNOWN_SEGMENTS, segments.length - 1));
  return `/${[...shown, '…'].join('/')}`;
}
