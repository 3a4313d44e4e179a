import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startAuthServer, type AuthServer } from './support/server.js';

let server: AuthServer;
const told: Record<string, unknown>[] = [];
beforeAll(async () => {
  server = await startAuthServer({
    stopAfterTest: false,
    told,
    config: { verifyEmail: true, lockout: { attempts: 100 } },
  });
});
afterAll(() => stopAndCheck(server.kernel));

const signIn = '/api/auth/sign-in/email';

async function lastLink(to: string, count: number): Promise<URL> {
  await expect.poll(() => server.mails.filter((mail) => mail.to === to).length).toBe(count);
  const text = server.mails.filter((mail) => mail.to === to).at(-1)?.text ?? '';
  return new URL(/https?:\/\/\S+/.exec(text)?.[0] ?? '');
}

async function verifiedUser(email: string) {
  await server.visitor().post('/api/auth/sign-up/email', { email, password: PASSWORD, name: 'V' });
  const link = await lastLink(email, 1);
  await server.visitor().get(link.pathname + link.search);
}

describe('verifying an address', () => {
  it('comes before the first sign-in (email_not_verified)', async () => {
    const email = 'new@example.com';
    const up = await server
      .visitor()
      .post('/api/auth/sign-up/email', { email, password: PASSWORD, name: 'N' });
    expect([up.status, up.body.token]).toEqual([200, null]);
    const early = await server.visitor().post(signIn, { email, password: PASSWORD });
    expect([early.status, early.body.code]).toEqual([403, 'email_not_verified']);
    const link = await lastLink(email, 1);
    expect(link.origin).toBe(server.url);
    expect((await server.visitor().get(link.pathname + link.search)).status).toBe(302);
    expect((await server.visitor().post(signIn, { email, password: PASSWORD })).status).toBe(200);
  });

  it('does not tell whether an address is registered', async () => {
    const email = 'known@example.com';
    await verifiedUser(email);
    const account = { password: PASSWORD, name: 'K' };
    const known = await server.visitor().post('/api/auth/sign-up/email', { ...account, email });
    const fresh = await server
      .visitor()
      .post('/api/auth/sign-up/email', { ...account, email: 'fresh@example.com' });
    expect(known.status).toBe(fresh.status);
    const keys = (value: unknown) => Object.keys(value as object).sort();
    expect(keys(known.body)).toEqual(keys(fresh.body));
    expect(keys(known.body.user)).toEqual(keys(fresh.body.user));
    await expect.poll(() => server.mails.at(-1)?.subject).toBeDefined();
  });

  it('refuses a token that somebody made (token_invalid)', async () => {
    const answer = await server.visitor().get('/api/auth/verify-email?token=made.up.token');
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('token_invalid');
  });
});

describe('a forgotten password', () => {
  const request = '/api/auth/request-password-reset';

  it('is asked for with the same answer for everybody', async () => {
    const email = 'forgetful@example.com';
    await verifiedUser(email);
    const known = await server.visitor().post(request, { email });
    const unknown = await server.visitor().post(request, { email: 'stranger@example.com' });
    expect([known.status, known.text]).toEqual([unknown.status, unknown.text]);
    await lastLink(email, 2);
    expect(server.mails.some((mail) => mail.to === 'stranger@example.com')).toBe(false);
  });

  it('is replaced once by the link, and that ends every session', async () => {
    const email = 'reset@example.com';
    await verifiedUser(email);
    const old = server.visitor();
    await old.post(signIn, { email, password: PASSWORD });
    await server.visitor().post(request, { email });
    const token = (await lastLink(email, 2)).pathname.split('/').at(-1);
    const weak = await server
      .visitor()
      .post('/api/auth/reset-password', { token, newPassword: 'password123' });
    expect(weak.body.code).toBe('password_rejected');
    const newPassword = 'another four words here';
    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        server.visitor().post('/api/auth/reset-password', { token, newPassword }),
      ),
    );
    expect(answers.filter((one) => one.status === 200)).toHaveLength(1);
    expect(answers.filter((one) => one.body.code === 'token_invalid')).toHaveLength(7);
    expect((await old.get('/api/who-am-i')).status).toBe(401);
    expect((await server.visitor().post(signIn, { email, password: PASSWORD })).status).toBe(401);
    expect((await server.visitor().post(signIn, { email, password: newPassword })).status).toBe(
      200,
    );
  });
});

describe('a sign-in link', () => {
  it('signs in once', async () => {
    const email = 'magic@example.com';
    await verifiedUser(email);
    const asked = await server
      .visitor()
      .post('/api/auth/sign-in/magic-link', { email, callbackURL: '/console' });
    expect(asked.status).toBe(200);
    const link = await lastLink(email, 2);
    const visitors = Array.from({ length: 6 }, () => server.visitor());
    await Promise.all(visitors.map((one) => one.get(link.pathname + link.search)));
    const inside = await Promise.all(visitors.map((one) => one.get('/api/who-am-i')));
    expect(inside.filter((one) => one.status === 200)).toHaveLength(1);
    await server.kernel.idle();
    const kinds = (endpoint: string) =>
      told.flatMap((one) => (one['endpoint'] === endpoint ? [one['kind']] : [])).sort();
    expect(kinds('/sign-in/magic-link'), 'nobody is in before the link').toEqual([
      'sign_in_started',
    ]);
    expect(kinds('/magic-link/verify').filter((kind) => kind === 'sign_in')).toHaveLength(1);
  });
});
