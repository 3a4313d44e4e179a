import type { DataEngine, ExecutionContext, Logger, RecordData } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { storageContext } from '../better-auth/request-scope.js';
import type { AdmissionRules } from './config.js';
import { liftedBan } from './disable.js';
import { first, followOrganizations, grantedTo, rolesAfter, type Granted } from './grants.js';
import type { Identity } from './identity.js';

/** What letting people in needs. */
export interface AdmitParts {
  readonly engine: DataEngine;
  readonly logger: Logger;
}

/** Two first sign-ins at once: the loser finds what the winner made. */
const ATTEMPTS = 2;

/**
 * The user behind somebody whom a provider vouches for: who came before, who is joined to an account
 * by a trusted address, or a new one. Roles and memberships follow the groups each time.
 *
 * @throws `account_unknown`, `account_not_linked`
 */
export async function admit(
  parts: AdmitParts,
  rules: AdmissionRules,
  identity: Identity,
): Promise<string> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await parts.engine.transaction(storageContext(), (ctx) =>
        findOrMake(parts, { rules, identity, ctx }),
      );
    } catch (error) {
      if (!isObjectOSError(error, 'duplicate_value') || attempt === ATTEMPTS) throw error;
    }
  }
}

interface Admission {
  readonly rules: AdmissionRules;
  readonly identity: Identity;
  readonly ctx: ExecutionContext;
}

async function findOrMake(parts: AdmitParts, admission: Admission): Promise<string> {
  const { rules, identity } = admission;
  const granted = grantedTo(rules, identity.groups);
  const known = await userOf(parts.engine, admission);
  const user = known ?? (await joined(parts.engine, admission));
  const id =
    user === undefined
      ? await made(parts.engine, admission, granted)
      : await followed(parts.engine, admission, { user, granted });
  await followOrganizations({ ...parts, ctx: admission.ctx }, id, granted);
  return id;
}

async function userOf(
  engine: DataEngine,
  { identity, ctx }: Admission,
): Promise<RecordData | undefined> {
  const key = { provider_id: identity.provider, account_id: identity.subject };
  const account = await first(engine, 'user_account', key, ctx);
  return account === undefined ? undefined : engine.get('user', String(account['user_id']), ctx);
}

/**
 * A user with the same address. Joined only when the configuration says so, the provider answers for
 * the domain, and the address was proved here: else whoever registered it first would be let in.
 */
async function joined(
  engine: DataEngine,
  { rules, identity, ctx }: Admission,
): Promise<RecordData | undefined> {
  const user = await first(engine, 'user', { email: addressOf(identity) }, ctx);
  if (user === undefined) return undefined;
  const isProved = user['email_verified'] === true && isTrusted(rules, identity);
  if (!rules.linkByEmail || !isProved) {
    throw createError('account_not_linked', { provider: identity.provider });
  }
  await link(engine, String(user['id']), { identity, ctx });
  return user;
}

async function made(
  engine: DataEngine,
  { rules, identity, ctx }: Admission,
  granted: Granted,
): Promise<string> {
  if (!rules.signUp) throw createError('account_unknown', { provider: identity.provider });
  const { id } = await engine.insert(
    'user',
    {
      name: identity.name,
      email: addressOf(identity),
      email_verified: isTrusted(rules, identity),
      role: rolesAfter(undefined, granted),
      banned: false,
      two_factor_enabled: false,
    },
    ctx,
  );
  await link(engine, String(id), { identity, ctx });
  return String(id);
}

/** Name, roles and a trusted address follow the provider; nothing is written when nothing changed. */
async function followed(
  engine: DataEngine,
  { rules, identity, ctx }: Admission,
  { user, granted }: { readonly user: RecordData; readonly granted: Granted },
): Promise<string> {
  const id = String(user['id']);
  const wanted: RecordData = {
    name: identity.name,
    role: rolesAfter(user['role'], granted),
    ...liftedBan(user, identity.provider),
  };
  const email = addressOf(identity);
  if (email !== user['email'] && isTrusted(rules, identity)) {
    const other = await first(engine, 'user', { email }, ctx);
    if (other === undefined) Object.assign(wanted, { email, email_verified: true });
  }
  const changed = Object.entries(wanted).filter(([field, value]) => user[field] !== value);
  if (changed.length > 0) await engine.update('user', id, Object.fromEntries(changed), ctx);
  return id;
}

async function link(
  engine: DataEngine,
  userId: string,
  { identity, ctx }: Pick<Admission, 'identity' | 'ctx'>,
): Promise<void> {
  const { provider: provider_id, subject: account_id } = identity;
  await engine.insert('user_account', { user_id: userId, provider_id, account_id }, ctx);
}

function addressOf({ email }: Identity): string {
  return email.trim().toLowerCase();
}

function isTrusted({ emailDomains }: AdmissionRules, identity: Identity): boolean {
  const address = addressOf(identity);
  return emailDomains.includes(address.slice(address.lastIndexOf('@') + 1));
}
