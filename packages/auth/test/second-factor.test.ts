import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PASSWORD, startAuthServer, type AuthServer } from './support/server.js';
import { totp } from './support/totp.js';

let server: AuthServer;
const told: Record<string, unknown>[] = [];
beforeAll(async () => {
  const config = { lockout: { attempts: 50 } };
  server = await startAuthServer({ stopAfterTest: false, told, config });
});
afterAll(() => stopAndCheck(server.kernel));

async function withSecondFactor() {
  const user = await server.user();
  const enabled = await user.post('/api/auth/two-factor/enable', { password: PASSWORD });
  const { totpURI, backupCodes } = enabled.body as { totpURI: string; backupCodes: string[] };
  // The code before this one is still good, so that the test may sign in with the present one.
  const code = totp(totpURI, Date.now() - 30_000);
  expect((await user.post('/api/auth/two-factor/verify-totp', { code })).status).toBe(200);
  return { email: user.email, totpURI, backupCodes };
}

async function passwordOnly(email: string) {
  const visitor = server.visitor();
  const first = await visitor.post('/api/auth/sign-in/email', { email, password: PASSWORD });
  return { visitor, first };
}

describe('a second factor', () => {
  it('is asked for: the password alone opens nothing', async () => {
    const { email } = await withSecondFactor();
    const { visitor, first } = await passwordOnly(email);
    expect(first.body).toMatchObject({ twoFactorRedirect: true });
    expect(first.body).not.toHaveProperty('token');
    expect((await visitor.get('/api/who-am-i')).status).toBe(401);
    await server.kernel.idle();
    expect(told.at(-1)).toMatchObject({ kind: 'sign_in_started', account: email });
    expect((await visitor.get('/api/auth/get-session')).body).toBeNull();
    expect(
      (await visitor.post('/api/auth/two-factor/disable', { password: PASSWORD })).status,
    ).toBe(401);
  });

  it('takes the code that the app shows, once (second_factor_refused)', async () => {
    const { email, totpURI } = await withSecondFactor();
    const code = totp(totpURI);
    const [one, two] = [await passwordOnly(email), await passwordOnly(email)];
    const wrong = await one.visitor.post('/api/auth/two-factor/verify-totp', { code: '000000' });
    expect([wrong.status, wrong.body.code]).toEqual([401, 'second_factor_refused']);
    const right = await one.visitor.post('/api/auth/two-factor/verify-totp', { code });
    expect(right.body.data.token).toEqual(expect.any(String));
    expect((await one.visitor.get('/api/who-am-i')).status).toBe(200);
    const replayed = await two.visitor.post('/api/auth/two-factor/verify-totp', { code });
    expect([replayed.status, replayed.body.code]).toEqual([401, 'second_factor_refused']);
    expect((await two.visitor.get('/api/who-am-i')).status).toBe(401);
  });

  it('can be replaced by a recovery code, which works for one of many', async () => {
    const { email, backupCodes } = await withSecondFactor();
    const [code] = backupCodes;
    const visitors = [];
    for (let index = 0; index < 6; index += 1) visitors.push((await passwordOnly(email)).visitor);
    const answers = await Promise.all(
      visitors.map((one) => one.post('/api/auth/two-factor/verify-backup-code', { code })),
    );
    expect(answers.filter((one) => one.status === 200)).toHaveLength(1);
    const others = answers.filter((one) => one.status !== 200);
    expect(others.every((one) => one.status >= 400 && one.status < 500)).toBe(true);
  });

  it('needs both steps in one visit: a code without the password opens nothing', async () => {
    const { totpURI } = await withSecondFactor();
    const answer = await server
      .visitor()
      .post('/api/auth/two-factor/verify-totp', { code: totp(totpURI) });
    expect(answer.body.code).toBe('second_factor_refused');
  });
});
