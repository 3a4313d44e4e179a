import type { DataEngine, RouteContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { BetterAuth } from '../better-auth/create.js';
import { inRequest } from '../better-auth/request-scope.js';
import type { AuthConfig } from '../config.js';
import { checkPassword } from '../password/policy.js';
import { lookUpContext } from '../principal/load.js';

const inputSchema = z.strictObject({
  token: z.string(),
  name: z.string().trim().min(1, 'your name is missing').max(255),
  email: z.email('this is no e-mail address'),
  password: z.string(),
});

/** Makes the first administrator, for whoever holds the link of this start. */
export interface FirstAdministrator {
  /** Opens the link if there is no administrator yet. */
  open(): Promise<void>;
  /** Path with the token, while the link is open. */
  path(): string | undefined;
  /** True for the token of the open link. */
  knows(token: string): boolean;
  /**
   * Makes the account and closes the link.
   * @throws `setup_closed`, `auth_invalid`, `password_rejected`, `user_exists`
   */
  create(input: unknown, ctx: RouteContext, auth: BetterAuth): Promise<{ readonly email: string }>;
}

/** Makes the keeper of the link. The token lives in memory only: a new start prints a new one. */
export function createFirstAdministrator(
  engine: DataEngine,
  config: AuthConfig,
): FirstAdministrator {
  let token: string | undefined;

  function knows(given: string): boolean {
    return token !== undefined && timingSafeEqual(digest(given), digest(token));
  }

  /** Takes the token: of several that come at once, one has it. Gives it back on a failure. */
  async function holding<T>(given: string, work: () => Promise<T>): Promise<T> {
    if (!knows(given)) throw createError('setup_closed', {});
    const taken = token;
    token = undefined;
    try {
      return await work();
    } catch (error) {
      token = taken;
      throw error;
    }
  }

  return {
    async open() {
      token = (await hasAdministrator(engine)) ? undefined : randomBytes(32).toString('base64url');
    },
    path: () => (token === undefined ? undefined : `/setup?token=${token}`),
    knows,
    async create(input, ctx, auth) {
      const { token: given, ...account } = parseInput(input);
      return holding(given, async () => {
        // Another node may have been faster.
        if (await hasAdministrator(engine)) throw createError('setup_closed', {});
        await checkPassword(account.password, account, config.password);
        await inRequest({ context: ctx }, () => createAdministrator(account, auth));
        return { email: account.email };
      });
    },
  };
}

interface Account {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

async function createAdministrator(
  { name, email, password }: Account,
  auth: BetterAuth,
): Promise<void> {
  const { internalAdapter, password: passwords } = await auth.$context;
  if ((await internalAdapter.findUserByEmail(email)) !== null) throw createError('user_exists', {});
  const hash = await passwords.hash(password);
  const user = await internalAdapter.createUser(
    { name, email, emailVerified: true, role: 'admin' },
    {
      method: 'email-password',
    },
  );
  await internalAdapter.linkAccount({
    userId: user.id,
    providerId: 'credential',
    accountId: user.id,
    password: hash,
  });
}

async function hasAdministrator(engine: DataEngine): Promise<boolean> {
  const where = { op: 'contains', field: 'role', value: 'admin' } as const;
  const { records } = await engine.find(
    'user',
    { where, fields: ['role'], limit: 1000 },
    lookUpContext(),
  );
  return records.some((user) => String(user['role']).split(',').includes('admin'));
}

function parseInput(input: unknown): z.output<typeof inputSchema> {
  const result = inputSchema.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw createError('auth_invalid', {
    reason: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}.`,
  });
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
