import {
  systemContext,
  type AccessPolicy,
  type AuditService,
  type DataEngine,
  type ExecutionContext,
  type MaybePromise,
  type UserPrincipal,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { IncomingHttpHeaders } from 'node:http';

/** The system permission that acting in an organization asks for, without being its member. */
export const ELEVATE_TENANT = 'elevate_tenant';

const ORGANIZATION = 'x-elevate-organization';
const REASON = 'x-elevate-reason';
const ID = /^[\w-]{1,64}$/;
const SHORTEST_REASON = 8;
const LONGEST_REASON = 500;

/** What elevation stands on; read per request, because plugins come and go. */
export interface ElevationParts {
  readonly policy: () => AccessPolicy | undefined;
  readonly audit: () => AuditService | undefined;
  readonly engine: Pick<DataEngine, 'count'>;
  readonly hasOrganizations: () => boolean;
}

/** A request that may ask for it. */
export interface ElevationRequest {
  readonly method: string;
  /** Asked only when somebody elevates. */
  readonly path: () => string;
  readonly headers: IncomingHttpHeaders;
}

/** Lets those of the platform act in an organization, for one request. */
export interface Elevation {
  /** The context as the request asks for it: the same one, or one in another organization. */
  apply(request: ElevationRequest, ctx: ExecutionContext): MaybePromise<ExecutionContext>;
}

/**
 * Makes elevation. A request that names an organization and a reason is carried out there, with what
 * the platform's permission sets give this user, and with none of the roles of another organization. The
 * log of the organization has it before anything is done; a refusal stands in the log of where the user
 * is. Each request asks anew: there is nothing that could be left on by mistake.
 */
export function createElevation(parts: ElevationParts): Elevation {
  async function elevate(
    request: ElevationRequest,
    ctx: ExecutionContext,
    organization: string,
  ): Promise<ExecutionContext> {
    const { method, headers } = request;
    const path = request.path();
    const reason = textOf(headers[REASON]).trim();
    const detail = { organization, reason: reason.slice(0, LONGEST_REASON), method, path };
    const audit = parts.audit();
    const refused = refusalOf(parts, ctx, reason) ?? (await unknown(parts, organization));
    if (refused !== undefined) {
      const event = { kind: 'tenant.elevation_refused', detail: { ...detail, refused } };
      await audit?.record(event, ctx);
      throw createError('elevation_refused', { organization, reason: refused });
    }
    const principal = inside(ctx.principal as UserPrincipal, organization);
    const elevated = { ...ctx, principal };
    if (audit === undefined) {
      throw createError('elevation_refused', { organization, reason: 'there is no audit log' });
    }
    await audit.record({ kind: 'tenant.elevated', detail }, elevated);
    await parts.policy()?.prepare?.(principal);
    return elevated;
  }

  return {
    apply(request, ctx) {
      const { headers } = request;
      if (headers[ORGANIZATION] === undefined && headers[REASON] === undefined) return ctx;
      const organization = textOf(headers[ORGANIZATION]);
      if (ID.test(organization)) return elevate(request, ctx, organization);
      const reason = 'it is the id of an organization';
      throw createError('header_invalid', { header: 'X-Elevate-Organization', reason });
    },
  };
}

function refusalOf(
  { policy }: ElevationParts,
  { principal }: ExecutionContext,
  reason: string,
): string | undefined {
  if (principal.kind !== 'user') return 'only users who signed in may';
  if (policy()?.permits?.(principal, ELEVATE_TENANT) !== true) {
    return `it needs the system permission "${ELEVATE_TENANT}"`;
  }
  // What an organization grants its people holds inside of it, this permission as well.
  if (principal.tenantId !== null) return 'this session works in an organization; leave it first';
  if (principal.sessionId === undefined) return 'an API key can not';
  if (principal.impersonatedBy !== undefined) return 'this session is somebody else’s';
  if (reason.length < SHORTEST_REASON || reason.length > LONGEST_REASON) {
    return `X-Elevate-Reason says why, in ${SHORTEST_REASON} to ${LONGEST_REASON} characters`;
  }
  return undefined;
}

async function unknown(
  { engine, hasOrganizations }: ElevationParts,
  id: string,
): Promise<string | undefined> {
  const where = { op: 'eq', field: 'id', value: id } as const;
  const found =
    hasOrganizations() &&
    (await engine.count('organization', { where }, systemContext('elevation'))) > 0;
  return found ? undefined : 'there is none with this id';
}

/** Roles of the organization where somebody is a member mean nothing in another one. */
function inside(principal: UserPrincipal, organization: string): UserPrincipal {
  return {
    ...principal,
    tenantId: organization,
    roles: principal.roles.filter((role) => !role.startsWith('organization:')),
    fingerprint: `${principal.fingerprint} elevated ${organization}`,
  };
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}
