import { stopAndCheck } from '@objectos/testing';
import { randomUUID } from 'node:crypto';
import net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/server.js';
import { behind, createWorld, post, startNode, type Actor, type World } from './world.js';

/** Redis tells the other node at once; without it, it looks by itself. */
const WAYS = [
  { name: 'with Redis', redisUrl: await findRedis() },
  { name: 'without Redis', redisUrl: undefined },
] as const;

describe.each(WAYS)('a second node, $name', ({ name, redisUrl }) => {
  const skipped = name === 'with Redis' && redisUrl === undefined;
  const folder = temporaryFolder();
  let world: World;
  let second: Awaited<ReturnType<typeof startNode>>;
  beforeAll(async () => {
    if (skipped) return;
    const cache = redisUrl === undefined ? {} : { redisUrl, prefix: `test:${randomUUID()}` };
    const database = `sqlite:${path.join(folder.path, 'shared.sqlite')}`;
    world = await createWorld({ database, cache });
    second = await startNode({ database, cache });
  });
  afterAll(async () => {
    if (!skipped) {
      await stopAndCheck(second.kernel);
      await stopAndCheck(world.kernel);
    }
    folder.remove();
  });

  const statusOf = async (headers: Readonly<Record<string, string>>): Promise<number> =>
    (await fetch(`${second.url}/api/data/contract?top=1`, { headers })).status;

  /** Does something on the first node, and asks the second one until it follows. */
  async function follow(
    what: string,
    headers: Readonly<Record<string, string>>,
    { from, to, change }: { from: number; to: number; change: () => Promise<unknown> },
  ): Promise<void> {
    expect(await statusOf(headers)).toBe(from);
    await change();
    const begin = performance.now();
    await expect.poll(() => statusOf(headers), { interval: 5 }).toBe(to);
    console.log(`${what}, ${name}: ${Math.round(performance.now() - begin)} ms on the second node`);
  }

  async function signIn(actor: Actor): Promise<string> {
    const person = { email: `${actor}@example.com`, password: 'four random words here' };
    const { token } = await post(world.url, '/api/auth/sign-in/email', person);
    const organizationId = world.ids['A'] ?? '';
    await post(world.url, '/api/auth/organization/set-active', { organizationId }, String(token));
    return String(token);
  }

  it.skipIf(skipped)('follows the end of a session', async () => {
    const token = await signIn('a.rep');
    await follow('end of a session', bearer(token), {
      from: 200,
      to: 401,
      change: () => post(world.url, '/api/auth/sign-out', {}, token),
    });
  });

  it.skipIf(skipped)('follows a set that is given and taken away', async () => {
    const headers = world.headers['a.none'];
    const assignment = { permission_set: 'sales', grantee: `user:${world.ids['a.none'] ?? ''}` };
    let id = '';
    const inTenant = { ...behind.principal, tenantId: world.ids['A'] ?? '' };
    const ctx = { ...behind, principal: inTenant };
    await follow('a set given', headers, {
      from: 403,
      to: 200,
      change: async () => {
        const made = await world.engine.insert('permission_set_assignment', assignment, ctx);
        id = made['id'] as string;
      },
    });
    await follow('a set taken away', headers, {
      from: 200,
      to: 403,
      change: () => world.engine.delete('permission_set_assignment', id, ctx),
    });
  });

  it.skipIf(skipped)('follows a key that is deleted', async () => {
    const token = await signIn('a.mgr');
    const made = await post(world.url, '/api/auth/api-keys', { name: 'k' }, token);
    const { key, id } = made['data'] as { key: string; id: string };
    await follow('a key deleted', bearer(key), {
      from: 200,
      to: 401,
      change: () =>
        fetch(`${world.url}/api/auth/api-keys/${id}`, { method: 'DELETE', headers: bearer(token) }),
    });
  });

  it.skipIf(skipped)('follows a user who is disabled', async () => {
    const [token, admin] = [await signIn('a.rep'), await signIn('a.admin')];
    const userId = world.ids['a.rep'] ?? '';
    await follow('a user disabled', bearer(token), {
      from: 200,
      to: 401,
      change: () => post(world.url, '/api/auth/admin/ban-user', { userId }, admin),
    });
  });
});

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

function findRedis(): Promise<string | undefined> {
  const url = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port || 6379) });
    socket.once('connect', () => resolve(url)).once('error', () => resolve(undefined));
    socket.once('connect', () => socket.destroy());
  });
}
