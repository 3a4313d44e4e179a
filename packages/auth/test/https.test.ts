import { expect, it } from 'vitest';
import { PASSWORD, startAuthServer } from './support/server.js';

const origin = 'https://crm.example.com';
const signIn = '/api/auth/sign-in/email';

it('over https the session lies in a __Host- cookie, and no other cookie stands for one', async () => {
  const { user, visitor } = await startAuthServer({ server: { publicUrl: origin } });
  const { email } = await user();
  const page = visitor({ origin });
  const answer = await page.post(signIn, { email, password: PASSWORD });
  expect(answer.status).toBe(200);
  const cookies = answer.headers.getSetCookie();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) {
    expect(cookie).toMatch(/^__Host-objectos\./);
    expect(cookie).toMatch(/; Secure/i);
    expect(cookie).toMatch(/; HttpOnly/i);
    expect(cookie).toMatch(/; Path=\/(?:;|$)/i);
    expect(cookie).not.toMatch(/Domain=/i);
  }
  expect((await page.get('/api/who-am-i')).status).toBe(200);
  const value = page.cookies.get('__Host-objectos.session_token') ?? '';
  const planted = visitor({ cookie: `objectos.session_token=${value}` });
  expect((await planted.get('/api/who-am-i')).status).toBe(401);
});

it('a page of ours, or of a trusted origin, changes something with the cookie; others do not', async () => {
  const app = 'https://app.example.com';
  const { user, visitor } = await startAuthServer({
    server: { publicUrl: origin },
    config: { trustedOrigins: [app] },
  });
  const { email } = await user();
  const page = visitor({ origin });
  await page.post(signIn, { email, password: PASSWORD });
  const write = async (headers: Record<string, string>) =>
    (await page.post('/api/data/note', { title: 'x' }, headers)).body.code as string;
  expect(await write({ origin })).toBe('permission_denied');
  expect(await write({ origin: app })).toBe('permission_denied');
  expect(await write({ origin: 'https://evil.example' })).toBe('origin_refused');
  const cookie = [...page.cookies].map((pair) => pair.join('=')).join('; ');
  const program = visitor({ cookie });
  const bare = await program.post('/api/data/note', { title: 'x' });
  expect(bare.body.code).toBe('csrf_token_required');
  const { token } = (await program.get('/api/csrf-token')).body.data;
  const proved = await program.post('/api/data/note', { title: 'x' }, { 'x-csrf-token': token });
  expect(proved.body.code).toBe('permission_denied');
});
