import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { behind, PASSWORD, startAuthServer, type AuthServer } from './support/server.js';

let server: AuthServer;
beforeAll(async () => {
  server = await startAuthServer({ stopAfterTest: false, config: { lockout: { attempts: 50 } } });
});
afterAll(() => stopAndCheck(server.kernel));

const signIn = '/api/auth/sign-in/email';
const signUp = '/api/auth/sign-up/email';

describe('signing in', () => {
  it('answers a wrong password and an unknown address alike (invalid_credentials)', async () => {
    const { email } = await server.user();
    const wrong = await server.visitor().post(signIn, { email, password: 'wrong password' });
    const unknown = await server
      .visitor()
      .post(signIn, { email: 'nobody@example.com', password: 'x' });
    expect([wrong.status, wrong.body.code]).toEqual([401, 'invalid_credentials']);
    expect({ ...unknown.body, requestId: '', error: {} }).toEqual({
      ...wrong.body,
      requestId: '',
      error: {},
    });
  });

  it.each([
    ['an operator', { email: { $ne: null }, password: { $ne: null } }],
    ['a list', { email: ['a@example.com'], password: [PASSWORD] }],
    ['nothing', {}],
    ['no JSON', '{"email":'],
    ['text', '"email"'],
  ])('refuses %s with a 4xx', async (_name, body) => {
    const answer = await server.visitor().post(signIn, body);
    expect(answer.status).toBe(400);
    expect(['auth_invalid', 'body_invalid']).toContain(answer.body.code);
  });

  it('holds a form to the same rules, and reads nothing else (unsupported_media_type)', async () => {
    const fields = { email: 'form@example.com', password: 'qwertyuiop', name: 'F' };
    const form = new URLSearchParams(fields).toString();
    const send = (type: string, body: string) =>
      server.visitor().post(signUp, body, { 'content-type': type });
    const weak = await send('application/x-www-form-urlencoded', form);
    expect(weak.body.code).toBe('password_rejected');
    for (const type of ['application/x+json', 'text/plain', 'application/json,text/html']) {
      const answer = await send(type, JSON.stringify(fields));
      expect([type, answer.status, answer.body.code]).toEqual([
        type,
        415,
        'unsupported_media_type',
      ]);
    }
  });

  it('takes the whole password, and no empty one', async () => {
    const long = `${'long '.repeat(20)}end`;
    const email = 'long@example.com';
    expect((await server.visitor().post(signUp, { email, password: long, name: 'L' })).status).toBe(
      200,
    );
    const cut = await server.visitor().post(signIn, { email, password: long.slice(0, 72) });
    expect(cut.body.code).toBe('invalid_credentials');
    expect((await server.visitor().post(signIn, { email, password: '' })).status).toBe(401);
    expect((await server.visitor().post(signIn, { email, password: long })).status).toBe(200);
  });

  it('gives a new session each time, whatever cookie came along', async () => {
    const user = await server.user();
    const before = [...user.cookies.values()][0];
    const again = await user.post(signIn, { email: user.email, password: PASSWORD });
    expect(again.status).toBe(200);
    expect([...user.cookies.values()][0]).not.toBe(before);
    const planted = server.visitor({ cookie: 'objectos.session_token=chosen.c2ln' });
    expect((await planted.get('/api/who-am-i')).status).toBe(401);
  });

  it('keeps its cookie from scripts and other sites', async () => {
    const { email } = await server.user();
    const answer = await server.visitor().post(signIn, { email, password: PASSWORD });
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    expect(cookie).toMatch(/Path=\//i);
    expect(cookie).not.toMatch(/Domain=/i);
  });
});

describe('signing up', () => {
  it.each(['role', 'banned', 'emailVerified', 'twoFactorEnabled', 'id'])(
    'takes no %s from the client',
    async (key) => {
      const email = `mass-${key.toLowerCase()}@example.com`;
      const value = key === 'role' ? 'admin' : key === 'id' ? 'chosen' : true;
      await server.visitor().post(signUp, { email, password: PASSWORD, name: 'M', [key]: value });
      const where = { op: 'eq', field: 'email', value: email } as const;
      const [user] = (await server.engine.find('user', { where }, behind)).records;
      if (user === undefined) return;
      expect(user).toMatchObject({ role: 'user', email_verified: false });
      expect([user['banned'], user['two_factor_enabled']]).not.toContain(true);
      expect(user['id']).not.toBe('chosen');
    },
  );

  it('tells that an address is taken only where that is no secret (user_exists)', async () => {
    const { email } = await server.user();
    const answer = await server.visitor().post(signUp, { email, password: PASSWORD, name: 'X' });
    expect([answer.status, answer.body.code]).toEqual([409, 'user_exists']);
  });

  it.each([
    ['short', 'abc12345'],
    ['common', 'qwertyuiop'],
    ['too long', 'x'.repeat(300)],
  ])('refuses a %s password (password_rejected)', async (name, password) => {
    const email = `weak-${name.replace(' ', '')}@example.com`;
    const answer = await server.visitor().post(signUp, { email, password, name: 'W' });
    expect([answer.status, answer.body.code]).toEqual([400, 'password_rejected']);
  });

  it('refuses a password that is the address', async () => {
    const email = 'somebody.special@example.com';
    const answer = await server.visitor().post(signUp, { email, password: email, name: 'W' });
    expect(answer.body.code).toBe('password_rejected');
  });
});

describe('pages of others', () => {
  it("cannot use a visitor's cookie (origin_refused)", async () => {
    const user = await server.user();
    for (const path of ['/change-password', '/sign-out', '/revoke-sessions', '/update-user']) {
      const answer = await user.post(`/api/auth${path}`, {}, { origin: 'https://evil.example' });
      expect([path, answer.status, answer.body.code]).toEqual([path, 403, 'origin_refused']);
    }
    const form = await user.post('/api/auth/sign-out', 'x=1', {
      origin: 'null',
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(form.status).toBeGreaterThanOrEqual(400);
    expect((await user.get('/api/who-am-i')).status).toBe(200);
  });

  it('cannot sign a visitor in', async () => {
    const { email } = await server.user();
    const answer = await server
      .visitor({ origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' })
      .post(signIn, { email, password: PASSWORD });
    expect(answer.body.code).toBe('origin_refused');
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'https:evil.example',
    'javascript:alert(1)',
  ])('are no place to go on to: %s (redirect_refused)', async (callbackURL) => {
    const { email } = await server.user();
    const body = { email, password: PASSWORD, callbackURL };
    const answer = await server.visitor().post(signIn, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'redirect_refused']);
    const reset = await server
      .visitor()
      .post('/api/auth/request-password-reset', { email, redirectTo: callbackURL });
    expect(reset.body.code).toBe('redirect_refused');
  });
});

describe('headers that claim', () => {
  it('another host do not get into links', async () => {
    const { email } = await server.user();
    const evil = {
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'https',
      forwarded: 'host=evil.example',
    };
    await server.visitor(evil).post('/api/auth/request-password-reset', { email });
    await expect.poll(() => server.mails.at(-1)?.to).toBe(email);
    expect(server.mails.at(-1)?.text).toContain(server.url);
    expect(server.mails.at(-1)?.text).not.toContain('evil');
  });

  it('another address are not believed', async () => {
    const { email } = await server.user();
    const claims = { 'x-forwarded-for': '1.2.3.4', 'x-objectos-client-ip': '1.2.3.4' };
    const user = server.visitor(claims);
    await user.post(signIn, { email, password: PASSWORD });
    const [session] = (await user.get('/api/auth/list-sessions')).body;
    expect(session.ipAddress).toBe('127.0.0.1');
  });

  it.each([
    ['Basic YTpi'],
    ['Bearer'],
    ['Bearer x y'],
    ['Bearer sealed:abc'],
    [`Bearer ${'x'.repeat(4000)}`],
  ])('a credential: %s', async (authorization) => {
    const answer = await server.visitor({ authorization }).get('/api/who-am-i');
    expect(answer.status).toBe(401);
  });

  it('a token in the URL opens nothing', async () => {
    const { email } = await server.user();
    const { body } = await server.visitor().post(signIn, { email, password: PASSWORD });
    const token = body.token as string;
    for (const name of ['access_token', 'token', 'session_token']) {
      expect((await server.visitor().get(`/api/who-am-i?${name}=${token}`)).status).toBe(401);
    }
  });
});

describe('a stolen database', () => {
  it('opens no session', async () => {
    const user = await server.user();
    const where = { op: 'eq', field: 'user_id', value: user.id } as const;
    const [session] = (await server.engine.find('session', { where }, behind)).records;
    const hash = session?.['token'] as string;
    for (const token of [hash, `sealed:${hash}`]) {
      const thief = server.visitor({ authorization: `Bearer ${token}` });
      expect((await thief.get('/api/who-am-i')).status).toBe(401);
      expect((await thief.get('/api/auth/get-session')).body).toBeNull();
      expect((await thief.post('/api/auth/change-password', {})).status).toBe(401);
    }
  });
});
