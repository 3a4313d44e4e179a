import type { DataEngine, RouteContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { lookUpContext } from '../principal/load.js';

/**
 * Refuses to work in an organization that one does not belong to, before better-auth does: it would
 * refuse as well, but leave the session without the organization that it had.
 *
 * @throws `auth_forbidden`, alike for an organization of others and one that does not exist
 */
export async function checkActiveOrganization(
  engine: DataEngine,
  path: string,
  body: Readonly<Record<string, unknown>>,
  { principal }: RouteContext,
): Promise<void> {
  if (path !== '/organization/set-active') return;
  const { organizationId: id, organizationSlug: slug } = body;
  if (id === null || principal.kind !== 'user') return;
  const organization = typeof id === 'string' ? id : await idOf(engine, slug);
  // Neither is for better-auth to refuse as malformed.
  if (organization === undefined && typeof slug !== 'string') return;
  if (organization !== undefined && (await isMember(engine, principal.id, organization))) return;
  throw createError('auth_forbidden', { reason: 'you do not belong to this organization.' });
}

async function idOf(engine: DataEngine, slug: unknown): Promise<string | undefined> {
  if (typeof slug !== 'string') return undefined;
  const where = { op: 'eq', field: 'slug', value: slug } as const;
  const { records } = await engine.find('organization', { where, limit: 1 }, lookUpContext());
  return records[0]?.['id'] as string | undefined;
}

async function isMember(engine: DataEngine, user: string, organization: string): Promise<boolean> {
  const args = [
    { op: 'eq', field: 'user_id', value: user },
    { op: 'eq', field: 'organization', value: organization },
  ] as const;
  return (await engine.count('member', { where: { op: 'and', args } }, lookUpContext())) > 0;
}
