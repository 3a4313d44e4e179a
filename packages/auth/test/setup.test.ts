import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopAndCheck } from '@objectos/testing';
import { PASSWORD, startAuthServer, type AuthServer } from './support/server.js';

let server: AuthServer;
beforeAll(async () => {
  server = await startAuthServer({ stopAfterTest: false, config: { signUp: 'closed' } });
});
afterAll(() => stopAndCheck(server.kernel));

const account = { name: 'Root', email: 'root@example.com', password: PASSWORD };
const tokenOf = (path = '') => new URLSearchParams(path.split('?')[1]).get('token') ?? '';

describe('the first administrator', () => {
  it('is offered a form without script, by the right token only', async () => {
    const page = await server.visitor().get(server.setupPath() ?? '');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page.text).toContain('<form method="post" action="/setup">');
    expect(page.text).not.toContain('<script');
    expect((await server.visitor().get('/setup?token=guess')).status).toBe(404);
    expect((await server.visitor().get('/setup')).status).toBe(404);
  });

  it('is not made by a wrong token (setup_closed) or with a bad account', async () => {
    const wrong = await server.visitor().post('/setup', { ...account, token: 'guess' });
    expect([wrong.status, wrong.body.code]).toEqual([404, 'setup_closed']);
    const token = tokenOf(server.setupPath());
    const weak = await server
      .visitor()
      .post('/setup', { ...account, token, password: 'password123' });
    expect(weak.body.code).toBe('password_rejected');
    const more = await server.visitor().post('/setup', { ...account, token, role: 'owner' });
    expect(more.body.code).toBe('auth_invalid');
    const form = new URLSearchParams({ ...account, token, name: '<b>x', password: 'short' });
    const again = await server.visitor().post('/setup', form.toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
    expect(again.status).toBe(400);
    expect(again.text).toContain('value="&lt;b&gt;x"');
    expect(again.text).not.toContain('<b>x');
  });

  it('is made once, however many come at the same time', async () => {
    const token = tokenOf(server.setupPath());
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        server.visitor().post('/setup', { ...account, email: `root${index}@example.com`, token }),
      ),
    );
    expect(answers.filter((one) => one.status === 201)).toHaveLength(1);
    expect(answers.filter((one) => one.body.code === 'setup_closed')).toHaveLength(9);
    expect(server.setupPath()).toBeUndefined();
    const email = answers.find((one) => one.status === 201)?.body.data.email as string;
    const root = server.visitor();
    expect((await root.post('/api/auth/sign-in/email', { email, password: PASSWORD })).status).toBe(
      200,
    );
    expect((await root.get('/api/who-am-i')).body.principal.roles).toEqual(['admin']);
    expect((await root.get(`/setup?token=${token}`)).status).toBe(404);
    await root.post('/api/auth/admin/create-user', {
      email: 'next@example.com',
      password: PASSWORD,
      name: 'Next',
    });
    const next = await server
      .visitor()
      .post('/api/auth/sign-in/email', { email: 'next@example.com', password: PASSWORD });
    expect(next.body.data.token).toEqual(expect.any(String));
  });

  it('is the only way in while sign-up is closed', async () => {
    const answer = await server.visitor().post('/api/auth/sign-up/email', account);
    expect(answer.status).toBe(400);
    expect(answer.body.details.reason).toBe('EMAIL_PASSWORD_SIGN_UP_DISABLED');
  });
});
