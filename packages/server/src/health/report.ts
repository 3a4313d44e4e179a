import type { AccessPolicy, Principal, SystemHealth } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { FastifyRequest } from 'fastify';
import type { RateGate } from '../rates/rate-gate.js';
import type { Authenticate } from '../security/authentication.js';

/** The system permission that seeing the health of each plugin asks for. */
export const VIEW_HEALTH = 'view_health';

/** The headers that a credential comes in; most probes send none, and cost no look-up. */
const CREDENTIALS = ['authorization', 'cookie', 'x-api-key'] as const;

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
  rates: Pick<RateGate, 'note'>,
): (request: FastifyRequest) => Promise<boolean> {
  const isViewer = async (principal: Principal | undefined): Promise<boolean> => {
    if (principal?.kind !== 'user') return principal?.kind === 'system';
    if (principal.tenantId !== null) return false;
    await policy()?.prepare?.(principal);
    return policy()?.permits?.(principal, VIEW_HEALTH) === true;
  };
  return async (request) => {
    const { headers } = request;
    if (CREDENTIALS.every((name) => headers[name] === undefined)) return false;
    const path = '/readyz';
    const credentials = { method: 'GET', path, headers, remoteAddress: request.ip };
    try {
      return await isViewer(await authenticate(credentials));
    } catch (error) {
      // Probes must be answered while the database that knows the sessions is away.
      if (isObjectOSError(error, 'unauthenticated')) rates.note(request.ip);
      if (isObjectOSError(error)) return false;
      throw error;
    }
  };
}
