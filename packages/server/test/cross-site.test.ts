import type { Principal } from '@objectos/spec/contracts';
import { describe, expect, it } from 'vitest';
import { authenticatorPlugin, startServer } from './support.js';

const principal: Principal = { kind: 'user', id: 'u1', tenantId: null, roles: [], fingerprint: '' };
const session = 'session=s3cret.signed';

/** A session by cookie, or by bearer; pages of one other origin are trusted. */
const sessions = authenticatorPlugin({
  authenticate: ({ headers: { authorization, cookie } }) =>
    authorization === 'Bearer s3cret' || cookie?.includes(session) === true ? principal : undefined,
  cookies: { name: () => 'session', trusts: (origin) => origin === 'https://app.example.com' },
});

async function start() {
  const server = await startServer({ plugins: [sessions] });
  const headers = { cookie: `other=1; ${session}` };
  const send = async (method: string, more: Readonly<Record<string, string>>) => {
    const answer = await server.call(method, '/api/data/account/x', {
      token: null,
      headers: { ...headers, ...more },
      ...(method === 'GET' || method === 'HEAD' ? {} : { body: { name: 'x' } }),
    });
    return (answer.body as { code?: string } | undefined)?.code ?? answer.status;
  };
  return { ...server, send };
}

/** What a user without any right gets who passes the edge. */
const PASSED = 'permission_denied';

describe('a request with the cookie of a session', () => {
  it('changes something when it comes from a page of ours, or of an origin that is trusted', async () => {
    const { send, url } = await start();
    for (const method of ['PATCH', 'DELETE', 'PUT']) {
      expect(await send(method, { origin: url })).toBe(PASSED);
    }
    expect(await send('PATCH', { origin: 'https://app.example.com' })).toBe(PASSED);
    // The browser itself says so, whatever the server is called where the page was loaded.
    expect(
      await send('PATCH', { origin: 'http://crm.internal', 'sec-fetch-site': 'same-origin' }),
    ).toBe(PASSED);
  });

  it.each([
    ['a foreign page', { origin: 'https://evil.example' }],
    ['a page without an origin', { origin: 'null' }],
    ['a longer name', { origin: 'https://app.example.com.evil.example' }],
    ['another scheme', { origin: 'http://app.example.com' }],
    ['a sister site', { 'sec-fetch-site': 'same-site' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
  ])('is refused from %s (origin_refused)', async (_name, headers) => {
    const { send, call } = await start();
    const answer = await call('GET', '/api/csrf-token', {
      token: null,
      headers: { cookie: session },
    });
    const { token } = answer.body.data as { token: string };
    for (const method of ['PATCH', 'DELETE', 'PUT']) {
      expect(await send(method, headers)).toBe('origin_refused');
      // Who can't be told apart may show the token; a page of another site may not.
      expect(await send(method, { ...headers, 'x-csrf-token': token })).toBe('origin_refused');
    }
  });

  it('is refused as a form of another site, before its body is read', async () => {
    const { send } = await start();
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data']) {
      const headers = { origin: 'https://evil.example', 'content-type': type };
      expect(await send('POST', headers)).toBe('origin_refused');
    }
  });

  it('needs the token where nobody says where it comes from (csrf_token_required)', async () => {
    const { send, call } = await start();
    expect(await send('PATCH', {})).toBe('csrf_token_required');
    const answer = await call('GET', '/api/csrf-token', {
      token: null,
      headers: { cookie: session },
    });
    const { token, header } = answer.body.data as { token: string; header: string };
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await send('PATCH', { [header]: token })).toBe(PASSED);
    expect(await send('PATCH', { [header]: `${token}x` })).toBe('csrf_token_required');
    expect(await send('PATCH', { [header]: token.slice(1) })).toBe('csrf_token_required');
    expect(await send('PATCH', { [header]: '' })).toBe('csrf_token_required');
  });

  it('has a token of its own session', async () => {
    const { call } = await start();
    const tokenOf = async (cookie: string) => {
      const answer = await call('GET', '/api/csrf-token', { token: null, headers: { cookie } });
      return answer.body.data.token as string;
    };
    expect(await tokenOf(session)).not.toBe(await tokenOf(`${session}2`));
  });

  it('reads as before', async () => {
    const { send } = await start();
    expect(await send('GET', { origin: 'https://evil.example' })).toBe(PASSED);
  });
});

describe('a request with a bearer token', () => {
  it('needs neither origin nor token, also when a cookie comes along', async () => {
    const { call } = await start();
    const headers = { authorization: 'Bearer s3cret', cookie: session };
    const answer = await call('PATCH', '/api/data/account/x', { headers, body: { name: 'x' } });
    expect(answer.body.code).toBe(PASSED);
    const token = await call('GET', '/api/csrf-token', { token: 's3cret' });
    expect(token.body.data).toEqual({ header: 'x-csrf-token', token: null });
  });
});
