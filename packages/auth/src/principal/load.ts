import {
  systemContext,
  type AuthenticationRequest,
  type DataEngine,
  type ExecutionContext,
  type RecordData,
  type UserPrincipal,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { hashToken } from '../adapter/sealed.js';

/** A principal as it was found in the database, and until when the finding holds at most. */
export interface Found {
  readonly principal: UserPrincipal;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
  /** Ids of the records that it was made from. */
  readonly dependsOn: readonly string[];
  /** What each request is held against, beside the principal. */
  readonly check?: ((request: AuthenticationRequest) => void) | undefined;
}

/** Context of the look-ups behind each request. */
export function lookUpContext(): ExecutionContext {
  return systemContext('auth', { secrets: true });
}

/** Finds who a session's token stands for; `undefined` for none, an ended one, or a disabled user. */
export async function findBySession(
  engine: DataEngine,
  token: string,
  now: number,
): Promise<Found | undefined> {
  const ctx = lookUpContext();
  const where = { op: 'eq', field: 'token', value: hashToken(token) } as const;
  const { records } = await engine.find('session', { where, limit: 1 }, ctx);
  const [session] = records;
  const expiresAt = session === undefined ? 0 : Date.parse(session['expires_at'] as string);
  if (session === undefined || expiresAt <= now) return undefined;
  const { principal, dependsOn } = await principalOf(engine, session['user_id'] as string, {
    organization: session['active_organization_id'] as string | null,
    now,
    facts: {
      sessionId: session['id'] as string,
      impersonatedBy: (session['impersonated_by'] as string | null) ?? undefined,
    },
  });
  return { principal, expiresAt, dependsOn: [session['id'] as string, ...dependsOn] };
}

/** What makes the principal of a user: where they work, and what the credential adds. */
export interface PrincipalInput {
  readonly organization: string | null;
  readonly now: number;
  readonly facts: Partial<UserPrincipal>;
}

/**
 * The principal of a user.
 *
 * @throws `account_disabled`, `organization_suspended`, `unauthenticated` for a user who is gone
 */
export async function principalOf(
  engine: DataEngine,
  userId: string,
  { organization, now, facts }: PrincipalInput,
): Promise<Pick<Found, 'principal' | 'dependsOn'>> {
  const ctx = lookUpContext();
  const user = await engine.get('user', userId, ctx).catch(goneAsSignedOut);
  if (isDisabled(user, now)) throw createError('account_disabled', {});
  const membership =
    organization === null ? undefined : await membershipOf(engine, userId, organization);
  const tenantId = membership === undefined ? null : organization;
  if (tenantId !== null) await requireActive(engine, tenantId);
  const inOrganization =
    membership === undefined ? [] : rolesOf(membership).map((role) => `organization:${role}`);
  const principal: UserPrincipal = {
    kind: 'user',
    id: userId,
    tenantId,
    displayName: user['name'] as string,
    roles: [...rolesOf(user), ...inOrganization],
    fingerprint: [userId, user['revision'], tenantId ?? '', membership?.['revision'] ?? ''].join(
      ' ',
    ),
    ...facts,
  };
  const { impersonatedBy } = facts;
  const others = [impersonatedBy, membership?.['id'] as string | undefined, tenantId ?? undefined];
  return { principal, dependsOn: [userId, ...others.filter((id) => id !== undefined)] };
}

/** @throws `organization_suspended` */
export async function requireActive(
  engine: DataEngine,
  organization: string,
  ctx: ExecutionContext = lookUpContext(),
): Promise<void> {
  const where = { op: 'eq', field: 'id', value: organization } as const;
  const { records } = await engine.find('organization', { where, limit: 1 }, ctx);
  const { name, suspended_at: since } = records[0] ?? {};
  if (since === null || since === undefined) return;
  throw createError('organization_suspended', {
    organization: typeof name === 'string' ? name : organization,
  });
}

function isDisabled(user: RecordData, now: number): boolean {
  if (user['banned'] !== true) return false;
  const until = user['ban_expires'];
  return typeof until !== 'string' || Date.parse(until) > now;
}

async function membershipOf(
  engine: DataEngine,
  userId: string,
  organization: string,
): Promise<RecordData | undefined> {
  const args = [
    { op: 'eq', field: 'user_id', value: userId },
    { op: 'eq', field: 'organization', value: organization },
  ] as const;
  const { records } = await engine.find(
    'member',
    { where: { op: 'and', args }, limit: 1 },
    lookUpContext(),
  );
  return records[0];
}

function rolesOf(record: RecordData): string[] {
  const role = record['role'];
  return typeof role === 'string' ? role.split(',').map((one) => one.trim()) : [];
}

function goneAsSignedOut(error: unknown): never {
  if (!isObjectOSError(error, 'record_not_found')) throw error;
  throw createError('unauthenticated', { reason: 'The user of this session is gone.' });
}
