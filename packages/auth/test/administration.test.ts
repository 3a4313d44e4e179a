import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startAuthServer, type AuthServer } from './support/server.js';

type User = Awaited<ReturnType<AuthServer['user']>>;

let server: AuthServer;
let admin: User;
const told: Record<string, unknown>[] = [];
beforeAll(async () => {
  server = await startAuthServer({ stopAfterTest: false, told });
  admin = await server.user({ role: 'admin' });
});
afterAll(() => stopAndCheck(server.kernel));

const signIn = '/api/auth/sign-in/email';
const revoke = '/api/auth/revoke-session';

describe('an administrator', () => {
  it('disables a user, whose sessions end at once (account_disabled)', async () => {
    const user = await server.user();
    expect((await user.get('/api/who-am-i')).status).toBe(200);
    const done = await admin.post('/api/auth/admin/ban-user', {
      userId: user.id,
      banReason: 'left',
    });
    expect(done.status).toBe(200);
    expect((await user.get('/api/who-am-i')).status).toBe(401);
    const again = await server.visitor().post(signIn, { email: user.email, password: PASSWORD });
    expect([again.status, again.body.code]).toEqual([403, 'account_disabled']);
    await admin.post('/api/auth/admin/unban-user', { userId: user.id });
    expect(
      (await server.visitor().post(signIn, { email: user.email, password: PASSWORD })).status,
    ).toBe(200);
  });

  it('acts as a user, visibly, and comes back', async () => {
    const user = await server.user();
    const started = await admin.post('/api/auth/admin/impersonate-user', { userId: user.id });
    expect(started.status).toBe(200);
    const who = (await admin.get('/api/who-am-i')).body.principal;
    expect(who).toMatchObject({ id: user.id, impersonatedBy: admin.id });
    const listed = (await user.get('/api/auth/list-sessions')).body as {
      impersonatedBy: unknown;
    }[];
    expect(listed.map((one) => one.impersonatedBy)).toContain(admin.id);
    expect((await admin.post('/api/auth/admin/ban-user', { userId: admin.id })).status).toBe(403);
    await admin.post('/api/auth/admin/stop-impersonating');
    expect((await admin.get('/api/who-am-i')).body.principal.id).toBe(admin.id);
    expect(told.map((one) => one['kind'])).toEqual(
      expect.arrayContaining(['impersonation_started', 'impersonation_ended']),
    );
  });

  it('cannot act as another administrator', async () => {
    const other = await server.user({ role: 'admin' });
    const answer = await admin.post('/api/auth/admin/impersonate-user', { userId: other.id });
    expect([answer.status, answer.body.code]).toEqual([403, 'auth_forbidden']);
  });

  it('ends one session of a user, and no other', async () => {
    const user = await server.user();
    const second = server.visitor();
    await second.post(signIn, { email: user.email, password: PASSWORD });
    const sessions = (await admin.get(`/api/auth/admin/list-user-sessions?userId=${user.id}`))
      .body as {
      id: string;
    }[];
    expect(sessions).toHaveLength(2);
    const mine = (await user.get('/api/who-am-i')).body.principal.sessionId as string;
    await admin.post('/api/auth/admin/revoke-user-session', { id: mine });
    expect((await user.get('/api/who-am-i')).status).toBe(401);
    expect((await second.get('/api/who-am-i')).status).toBe(200);
  });

  it('hears that there is no such user (auth_not_found)', async () => {
    const answer = await admin.post('/api/auth/admin/set-role', { userId: 'nobody', role: 'user' });
    expect([answer.status, answer.body.code]).toEqual([404, 'auth_not_found']);
  });
});

describe('a user who is none', () => {
  it.each([
    ['POST', '/admin/set-role', { userId: 'x', role: 'admin' }],
    ['POST', '/admin/create-user', { email: 'x@example.com', password: PASSWORD, name: 'x' }],
    ['POST', '/admin/ban-user', { userId: 'x' }],
    ['POST', '/admin/impersonate-user', { userId: 'x' }],
    ['POST', '/admin/remove-user', { userId: 'x' }],
    ['POST', '/admin/set-user-password', { userId: 'x', newPassword: PASSWORD }],
    ['POST', '/admin/revoke-user-session', { id: 'x' }],
    ['POST', '/admin/revoke-user-sessions', { userId: 'x' }],
    ['GET', '/admin/list-users', {}],
    ['GET', '/admin/list-user-sessions', {}],
    ['POST', '/organization/create', { name: 'Mine', slug: 'mine' }],
  ])('may not %s %s (auth_forbidden)', async (method, path, body) => {
    const user = await server.user();
    const answer = await (method === 'GET'
      ? user.get(`/api/auth${path}`)
      : user.post(`/api/auth${path}`, body));
    expect([answer.status, answer.body.code]).toEqual([403, 'auth_forbidden']);
    const nobody = server.visitor();
    const closed = await (method === 'GET'
      ? nobody.get(`/api/auth${path}`)
      : nobody.post(`/api/auth${path}`, body));
    expect(closed.status).toBe(401);
  });

  it('cannot make themselves one', async () => {
    const user = await server.user();
    await user.post('/api/auth/update-user', { name: 'New name', role: 'admin', banned: true });
    expect((await user.get('/api/who-am-i')).body.principal.roles).toEqual(['user']);
  });

  it("ends their own sessions, and nobody else's", async () => {
    const [user, other] = [await server.user(), await server.user()];
    const second = server.visitor();
    await second.post(signIn, { email: user.email, password: PASSWORD });
    const foreign = (await other.get('/api/who-am-i')).body.principal.sessionId as string;
    expect((await user.post(revoke, { id: foreign })).status).toBe(200);
    expect((await other.get('/api/who-am-i')).status).toBe(200);
    await user.post('/api/auth/revoke-other-sessions');
    expect((await second.get('/api/who-am-i')).status).toBe(401);
    expect((await user.get('/api/who-am-i')).status).toBe(200);
    await user.post('/api/auth/revoke-sessions');
    expect((await user.get('/api/who-am-i')).status).toBe(401);
  });
});
