import type { AccessPolicy, Principal, SystemHealth } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { FastifyRequest } from 'fastify';
import type { Authenticate } from '../security/authentication.js';

/** The system permission that seeing the health of each plugin asks for. */
export const VIEW_HEALTH = 'view_health';

/** What `/readyz` answers: one word, and for operators how each plugin is. */
export type ReadinessReport =
  | { readonly status: 'ready' | 'not ready' }
  | {
      readonly status: 'ready' | 'not ready';
      readonly health: SystemHealth['status'];
      readonly detail?: string | undefined;
      readonly plugins: SystemHealth['plugins'];
    };

/** Makes the report: `ready` unless the server drains or something critical is down. */
export function readinessReport(
  accepting: boolean,
  health: SystemHealth | undefined,
  detailed: boolean,
): ReadinessReport {
  const status = accepting && health?.status !== 'down' ? 'ready' : 'not ready';
  if (!detailed || health === undefined) return { status };
  const { status: worst, detail, plugins } = health;
  return { status, health: worst, ...(detail === undefined ? {} : { detail }), plugins };
}

/**
 * Makes the question who may see details: whoever started the server, and those of the platform with
 * {@link VIEW_HEALTH}. The route is public, so a bad credential is nobody, not an error.
 */
export function createHealthViewer(
  authenticate: Authenticate,
  policy: () => AccessPolicy | undefined,
): (request: FastifyRequest) => Promise<boolean> {
  const isViewer = (principal: Principal | undefined): boolean => {
    if (principal?.kind !== 'user') return principal?.kind === 'system';
    return principal.tenantId === null && policy()?.permits?.(principal, VIEW_HEALTH) === true;
  };
  return async (request) => {
    const { headers } = request;
    if (headers.authorization === undefined && headers.cookie === undefined) return false;
    const path = '/readyz';
    const credentials = { method: 'GET', path, headers, remoteAddress: request.ip };
    try {
      return isViewer(await authenticate(credentials));
    } catch (error) {
      // Probes must be answered while the database that knows the sessions is away.
      if (isObjectOSError(error)) return false;
      throw error;
    }
  };
}
