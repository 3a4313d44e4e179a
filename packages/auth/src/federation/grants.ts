import type { DataEngine, ExecutionContext, Logger, RecordData } from '@objectos/spec/contracts';
import type { AdmissionRules } from './config.js';

/** What groups give, and all that they could give: the rest is not the provider's to take away. */
export interface Granted {
  readonly roles: ReadonlySet<string>;
  readonly organizations: ReadonlyMap<string, string>;
  readonly managedRoles: ReadonlySet<string>;
  readonly managedOrganizations: ReadonlySet<string>;
}

const RANK = ['member', 'admin', 'owner'];

/** What the groups of a person give. The highest of several roles in one organization counts. */
export function grantedTo(
  { grants }: Pick<AdmissionRules, 'grants'>,
  groups: readonly string[],
): Granted {
  const held = new Set(groups.map(groupKey));
  const roles = new Set<string>();
  const organizations = new Map<string, string>();
  const all = Object.entries(grants);
  for (const [group, given] of all) {
    if (!held.has(groupKey(group))) continue;
    for (const role of given.roles) roles.add(role);
    for (const [slug, role] of Object.entries(given.organizations)) {
      const before = organizations.get(slug);
      if (before === undefined || RANK.indexOf(before) < RANK.indexOf(role))
        organizations.set(slug, role);
    }
  }
  return {
    roles,
    organizations,
    managedRoles: new Set(all.flatMap(([, given]) => given.roles)),
    managedOrganizations: new Set(all.flatMap(([, given]) => Object.keys(given.organizations))),
  };
}

/** Names of groups are compared without case; in DNs, spaces beside separators mean nothing. */
export function groupKey(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/\s*([,=])\s*/g, '$1');
}

/** The platform roles of a user after the groups have spoken, as they are stored. */
export function rolesAfter(current: unknown, { roles, managedRoles }: Granted): string {
  const before = typeof current === 'string' ? current.split(',').map((one) => one.trim()) : [];
  const kept = before.filter((role) => role !== '' && !managedRoles.has(role));
  const after = [...new Set([...kept, ...roles])];
  return after.length === 0 ? 'user' : after.join(',');
}

/** Brings the memberships of a user in line with the groups. Owners whom somebody made here stay. */
export async function followOrganizations(
  parts: { readonly engine: DataEngine; readonly logger: Logger; readonly ctx: ExecutionContext },
  userId: string,
  granted: Granted,
): Promise<void> {
  const { engine, logger, ctx } = parts;
  for (const slug of granted.managedOrganizations) {
    const organization = await first(engine, 'organization', { slug }, ctx);
    if (organization === undefined) {
      logger.warn(
        { organization: slug },
        'groups give a place in an organization that is not here',
      );
      continue;
    }
    const wanted = granted.organizations.get(slug);
    const key = { organization: organization['id'] as string, user_id: userId };
    const member = await first(engine, 'member', key, ctx);
    if (member === undefined) {
      if (wanted !== undefined) await engine.insert('member', { ...key, role: wanted }, ctx);
    } else if (wanted === undefined) {
      if (member['role'] !== 'owner') await engine.delete('member', member['id'] as string, ctx);
    } else if (member['role'] !== wanted && member['role'] !== 'owner') {
      await engine.update('member', member['id'] as string, { role: wanted }, ctx);
    }
  }
}

/** The first record whose fields have these values. */
export async function first(
  engine: DataEngine,
  object: string,
  values: Readonly<Record<string, string>>,
  ctx: ExecutionContext,
): Promise<RecordData | undefined> {
  const args = Object.entries(values).map(
    ([field, value]) => ({ op: 'eq', field, value }) as const,
  );
  const { records } = await engine.find(object, { where: { op: 'and', args }, limit: 1 }, ctx);
  return records[0];
}
