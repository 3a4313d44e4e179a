import { stopAndCheck } from '@objectos/testing';
import { accessPolicyService, definePlugin } from '@objectos/spec/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behind, PASSWORD, startAuthServer, type AuthServer } from './support/server.js';

/** Grants everything, so that only the key narrows. */
const openPolicy = definePlugin({
  manifest: { id: 'open-policy', version: '1.0.0' },
  provides: [accessPolicyService],
  setup: (ctx) => {
    ctx.provide(accessPolicyService, { decide: () => ({ allowed: true }) });
  },
});

let server: AuthServer;
let owner: Awaited<ReturnType<AuthServer['user']>>;
beforeAll(async () => {
  server = await startAuthServer({ stopAfterTest: false, plugins: [openPolicy] });
  owner = await server.user();
});
afterAll(() => stopAndCheck(server.kernel));

const keys = '/api/auth/api-keys';

async function keyFor(input: object = {}) {
  const { status, body } = await owner.post(keys, { name: 'test', ...input });
  expect(status).toBe(201);
  const { id, key } = body.data as { id: string; key: string };
  return { id, key, client: server.visitor({ authorization: `Bearer ${key}` }) };
}

it('a credential that was good is looked up from an address that sent too many bad ones', async () => {
  const rateLimits = { address: { requests: 3, seconds: 86_400 } };
  const { user, visitor } = await startAuthServer({ server: { rateLimits } });
  const ada = await user();
  const { body } = await ada.post(keys, { name: 'test' });
  const key = visitor({ 'x-api-key': body.data.key });
  const unused = (await ada.post(keys, { name: 'other' })).body.data.key as string;
  expect((await key.get('/api/who-am-i')).status).toBe(200);
  const statusOf = async (token: string) =>
    (await visitor({ authorization: `Bearer ${token}` }).get('/api/who-am-i')).status;
  for (let tries = 0; (await statusOf(`guess-${tries}`)) === 401;) tries += 1;
  expect(await statusOf(unused)).toBe(429);
  expect([
    (await key.get('/api/who-am-i')).status,
    (await ada.get('/api/who-am-i')).status,
  ]).toEqual([200, 200]);
});

describe('an API key', () => {
  it('stands for its owner, in either header, and is shown once', async () => {
    const { key, client } = await keyFor();
    const who = (await client.get('/api/who-am-i')).body.principal;
    expect(who).toMatchObject({ id: owner.id, apiKeyId: expect.any(String) });
    expect(who).not.toHaveProperty('sessionId');
    const other = server.visitor({ 'x-api-key': key });
    expect((await other.get('/api/who-am-i')).body.principal.id).toBe(owner.id);
    const listed = await owner.get(keys);
    expect(listed.text).not.toContain(key);
    expect(listed.body.data[0]).toMatchObject({ name: 'test', start: key.slice(0, 10) });
    const stored = JSON.stringify((await server.engine.find('api_key', {}, behind)).records);
    expect(stored).not.toContain(key);
  });

  it('may do a part of what its owner may', async () => {
    const { client } = await keyFor({ operations: ['read'] });
    expect((await client.get('/api/data/note')).status).toBe(200);
    expect((await client.post('/api/data/note/query', {})).status).toBe(200);
    const write = await client.post('/api/data/note', { title: 'x' });
    expect([write.status, write.body.code]).toEqual([403, 'auth_forbidden']);
    const elsewhere = await keyFor({ objects: ['account'] });
    const foreign = await elsewhere.client.get('/api/data/note');
    expect([foreign.status, foreign.body.code]).toEqual([403, 'permission_denied']);
    const creates = await keyFor({ operations: ['create', 'read'] });
    const made = await creates.client.post('/api/data/note', { title: 'x' });
    expect(made.status).toBe(201);
  });

  it('cannot act for its owner at the door', async () => {
    const { client, id } = await keyFor();
    const asked = await Promise.all([
      client.post(keys, { name: 'more' }),
      client.get(keys),
      client.post('/api/auth/change-password', { currentPassword: 'x', newPassword: PASSWORD }),
      client.post('/api/auth/revoke-sessions'),
      client.get('/api/auth/list-accounts'),
    ]);
    expect(asked.map((one) => one.status)).toEqual([401, 401, 401, 401, 401]);
    expect((await client.get('/api/auth/get-session')).body).toBeNull();
    expect(id).toBeDefined();
  });

  it('works from its addresses only', async () => {
    const here = await keyFor({ addresses: ['127.0.0.0/8', '::1'] });
    expect((await here.client.get('/api/who-am-i')).status).toBe(200);
    const there = await keyFor({ addresses: ['192.0.2.0/24'] });
    expect((await there.client.get('/api/who-am-i')).body.code).toBe('auth_forbidden');
    const claims = server.visitor({
      authorization: `Bearer ${there.key}`,
      'x-forwarded-for': '192.0.2.7',
    });
    expect((await claims.get('/api/who-am-i')).status).toBe(403);
  });

  it('has a rate of its own (rate_limit_exceeded)', async () => {
    const { client } = await keyFor({ requestsPerMinute: 3 });
    const answers = [];
    for (let index = 0; index < 5; index += 1) answers.push(await client.get('/api/who-am-i'));
    expect(answers.map((one) => one.status)).toEqual([200, 200, 200, 429, 429]);
    expect(answers[4]?.body.code).toBe('rate_limit_exceeded');
    expect(Number(answers[4]?.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('ends when it is deleted, expires, or its owner is disabled', async () => {
    const { id, client } = await keyFor();
    expect((await client.get('/api/who-am-i')).status).toBe(200);
    const other = await server.user();
    await server.engine.update('api_key', id, { expires_at: '2020-01-01T00:00:00.000Z' }, behind);
    expect((await client.get('/api/who-am-i')).status).toBe(401);
    const second = await keyFor();
    const foreign = await fetch(`${server.url}${keys}/${second.id}`, {
      method: 'DELETE',
      headers: {
        cookie: [...other.cookies].map((pair) => pair.join('=')).join('; '),
        origin: server.url,
      },
    });
    expect(foreign.status).toBe(404);
    expect((await second.client.get('/api/who-am-i')).status).toBe(200);
    await server.engine.update('user', owner.id, { banned: true }, behind);
    const disabled = await second.client.get('/api/who-am-i');
    expect([disabled.status, disabled.body.code]).toEqual([403, 'account_disabled']);
    await server.engine.update('user', owner.id, { banned: false }, behind);
    const deleted = await fetch(`${server.url}${keys}/${second.id}`, {
      method: 'DELETE',
      headers: {
        cookie: [...owner.cookies].map((pair) => pair.join('=')).join('; '),
        origin: server.url,
      },
    });
    expect(deleted.status).toBe(200);
    expect((await second.client.get('/api/who-am-i')).status).toBe(401);
  });

  it.each([
    ['no name', { name: '' }],
    ['an unknown operation', { name: 'x', operations: ['everything'] }],
    ['no address', { name: 'x', addresses: ['somewhere'] }],
    ['another owner', { name: 'x', userId: 'somebody' }],
    ['no end', { name: 'x', expiresInDays: 100_000 }],
  ])('is not made with %s (auth_invalid)', async (_name, input) => {
    expect((await owner.post(keys, input)).body.code).toBe('auth_invalid');
  });
});
