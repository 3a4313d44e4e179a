import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './support/client.js';
import { startIdentityProvider, type IdentityProvider } from './support/identity-provider.js';
import { PASSWORD, startAuthServer, type AuthServer } from './support/server.js';

let corp: IdentityProvider;
let server: AuthServer;

beforeAll(async () => {
  corp = await startIdentityProvider({
    ada: { email: 'ada@corp.example', email_verified: true, name: 'Ada' },
    bob: { email: 'bob@corp.example', email_verified: true, name: 'Bob' },
  });
  const client = { clientId: 'objectos', clientSecret: 'secret-of-the-client' };
  server = await startAuthServer({
    stopAfterTest: false,
    config: {
      providers: {
        corp: { kind: 'oidc', ...client, issuer: corp.issuer, signUp: true },
        google: { kind: 'google', ...client, issuer: corp.issuer },
        microsoft: { kind: 'microsoft', tenant: 'corp', ...client, issuer: corp.issuer },
      },
    },
  });
  const callback = (id: string) => `${server.url}/api/auth/callback/${id}`;
  await corp.serve(['corp', 'google', 'microsoft'].map(callback));
});
afterAll(async () => {
  await stopAndCheck(server.kernel);
  await corp.stop();
});

async function start(visitor: Client, provider: string): Promise<string> {
  const { body } = await visitor.post('/api/auth/sign-in/social', {
    provider,
    callbackURL: '/done',
    errorCallbackURL: '/failed',
  });
  return body.url as string;
}

async function through(visitor: Client, provider: string, login: string) {
  const back = await corp.signIn(await start(visitor, provider), login);
  return { back, answer: await visitor.get(back.pathname + back.search) };
}

describe('an OpenID provider', () => {
  it('is offered to a sign-in page', async () => {
    const { body } = await server.visitor().get('/api/auth/providers');
    expect(body.data.providers).toEqual([
      { id: 'corp', kind: 'oidc', label: 'corp' },
      { id: 'google', kind: 'google', label: 'google' },
      { id: 'microsoft', kind: 'microsoft', label: 'microsoft' },
    ]);
  });

  it('lets somebody in, with PKCE and a nonce, and knows them again', async () => {
    const visitor = server.visitor();
    const url = new URL(await start(visitor, 'corp'));
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    expect(url.searchParams.get('nonce')).toEqual(expect.any(String));
    const back = await corp.signIn(url.href, 'ada');
    const answer = await visitor.get(back.pathname + back.search);
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/done']);
    const who = (await visitor.get('/api/who-am-i')).body.principal;
    expect(who.displayName).toBe('Ada');
    const again = server.visitor();
    await through(again, 'corp', 'ada');
    expect((await again.get('/api/who-am-i')).body.principal.id).toBe(who.id);
  });

  it('lets nobody new in where it may not', async () => {
    const visitor = server.visitor();
    const { answer } = await through(visitor, 'google', 'bob');
    expect(answer.headers.get('location')).toMatch(/^\/failed\?error=/);
    expect((await visitor.get('/api/who-am-i')).status).toBe(401);
  });

  it('does not give an account to whoever registered its address first', async () => {
    const email = 'bob@corp.example';
    await server
      .visitor()
      .post('/api/auth/sign-up/email', { email, password: PASSWORD, name: 'Attacker' });
    const bob = server.visitor();
    const { answer } = await through(bob, 'corp', 'bob');
    expect(answer.headers.get('location')).toMatch(/^\/failed\?error=/);
    expect((await bob.get('/api/who-am-i')).status).toBe(401);
  });

  it.each([
    ['no state', (url: URL) => url.searchParams.delete('state')],
    ['another state', (url: URL) => url.searchParams.set('state', 'made-up')],
    ['another code', (url: URL) => url.searchParams.set('code', 'made-up')],
  ])('is not believed with %s', async (_name, change) => {
    const visitor = server.visitor();
    const back = await corp.signIn(await start(visitor, 'corp'), 'ada');
    change(back);
    await visitor.get(back.pathname + back.search);
    expect((await visitor.get('/api/who-am-i')).status).toBe(401);
  });

  it('is not believed in another visit, at another provider, or twice', async () => {
    const visitor = server.visitor();
    const back = await corp.signIn(await start(visitor, 'corp'), 'ada');
    const victim = server.visitor();
    await victim.get(back.pathname + back.search);
    expect((await victim.get('/api/who-am-i')).status).toBe(401);
    const elsewhere = server.visitor();
    const other = await corp.signIn(await start(elsewhere, 'corp'), 'ada');
    await elsewhere.get(`/api/auth/callback/google${other.search}`);
    expect((await elsewhere.get('/api/who-am-i')).status).toBe(401);
    const own = server.visitor();
    const { back: used } = await through(own, 'corp', 'ada');
    await own.post('/api/auth/sign-out');
    await own.get(used.pathname + used.search);
    expect((await own.get('/api/who-am-i')).status).toBe(401);
  });

  it.each(['//evil.example', 'https://evil.example'])(
    'does not go on to %s',
    async (callbackURL) => {
      const answer = await server
        .visitor()
        .post('/api/auth/sign-in/social', { provider: 'corp', callbackURL });
      expect([answer.status, answer.body.code]).toEqual([400, 'redirect_refused']);
    },
  );
});
