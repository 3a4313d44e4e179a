import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { authConfigSchema } from '../src/config.js';
import { createSigningKey } from './support/certificate.js';
import type { Answer, Client } from './support/client.js';
import {
  answerTo,
  readRequest,
  responseXml,
  signed,
  type AnswerParts,
} from './support/saml-provider.js';
import { behind, startAuthServer, type AuthServer } from './support/server.js';
import { totp } from './support/totp.js';

const idp = { issuer: 'https://idp.example', key: createSigningKey(), next: createSigningKey() };
const start = '/api/auth/sign-in/saml';
const told: Record<string, unknown>[] = [];
let server: AuthServer;

beforeAll(async () => {
  const shared = {
    kind: 'saml',
    entityId: idp.issuer,
    signInUrl: 'https://idp.example/sso',
    certificates: [idp.key.certificate, idp.next.certificate],
  };
  server = await startAuthServer({
    stopAfterTest: false,
    told,
    config: {
      lockout: { attempts: 50 },
      providers: {
        corp: {
          ...shared,
          label: 'Corp',
          signUp: true,
          emailDomains: ['corp.example'],
          attributes: { groups: 'memberOf' },
          grants: { sales: { roles: ['sales_rep'], organizations: { acme: 'member' } } },
        },
        strict: shared,
        open: { ...shared, signUp: true, idpInitiated: true, attributes: { id: 'uid' } },
        joining: { ...shared, emailDomains: ['corp.example'], linkByEmail: true },
      },
    },
  });
  await server.engine.insert('organization', { name: 'Acme', slug: 'acme' }, behind);
});
afterAll(() => stopAndCheck(server.kernel));

async function ask(visitor: Client, provider = 'corp', more: object = {}) {
  const { body } = await visitor.post(start, { provider, callbackURL: '/done', ...more });
  return { url: body.url as string, request: readRequest(body.url as string) };
}

/** What the page of the provider does: it posts from another site, where our cookies do not go along. */
function post(provider: string, xml: string, relay = ''): Promise<Answer> {
  const form = new URLSearchParams({
    SAMLResponse: Buffer.from(xml).toString('base64'),
    RelayState: relay,
  });
  return server
    .visitor({ origin: 'https://idp.example' })
    .post(`${start}/acs/${provider}`, form.toString(), {
      'content-type': 'application/x-www-form-urlencoded',
    });
}

async function through(provider: string, more: Partial<AnswerParts> = {}, key = idp.key) {
  const visitor = server.visitor();
  const { request } = await ask(visitor, provider, { errorCallbackURL: '/failed' });
  const arrived = await post(provider, signed(responseXml(answerTo(request, more)), key));
  const location = arrived.headers.get('location') ?? '';
  const answer = location.startsWith('/api/') ? await visitor.get(location) : arrived;
  return { visitor, answer, went: answer.headers.get('location') };
}

interface Person {
  readonly id: string;
  readonly displayName: string;
  readonly roles: string[];
}

async function who(client: Client): Promise<Person | undefined> {
  return (await client.get('/api/who-am-i')).body.principal as Person | undefined;
}

describe('a SAML provider', () => {
  it('is offered to a sign-in page, and told who we are', async () => {
    const { body } = await server.visitor().get('/api/auth/providers');
    expect(body.data.providers).toContainEqual({ id: 'corp', kind: 'saml', label: 'Corp' });
    const metadata = await server.visitor().get(`${start}/metadata/corp`);
    expect(metadata.headers.get('content-type')).toContain('xml');
    expect(metadata.text).toContain(`entityID="${server.url}${start}/metadata/corp"`);
    expect(metadata.text).toContain(`Location="${server.url}${start}/acs/corp"`);
    expect(metadata.text).toContain('WantAssertionsSigned="true"');
    expect((await server.visitor().get(`${start}/metadata/nowhere`)).status).toBe(404);
  });

  it('is asked by a redirect', async () => {
    const visitor = server.visitor();
    const { url, request } = await ask(visitor);
    expect(url).toMatch(/^https:\/\/idp\.example\/sso\?SAMLRequest=/);
    expect(request).toMatchObject({
      acs: `${server.url}${start}/acs/corp`,
      issuer: `${server.url}${start}/metadata/corp`,
    });
    const unknown = await server.visitor().post(start, { provider: 'nowhere' });
    expect([unknown.status, unknown.body.code]).toEqual([404, 'auth_not_found']);
    const evil = await server
      .visitor()
      .post(start, { provider: 'corp', callbackURL: '//e.example' });
    expect(evil.body.code).toBe('redirect_refused');
  });

  it('lets somebody in, who becomes a user and is known again', async () => {
    const first = await through('corp');
    expect([first.answer.status, first.went]).toEqual([302, '/done']);
    const me = await who(first.visitor);
    expect(me?.displayName).toBe('Ada');
    const again = await through('corp', {
      attributes: { email: 'ada@corp.example', name: 'Ada L' },
    });
    expect(await who(again.visitor)).toMatchObject({ id: me?.id, displayName: 'Ada L' });
    expect(told).toContainEqual(expect.objectContaining({ kind: 'sign_in', userId: me?.id }));
  });

  it('lets its people set up a second factor soon after signing in (session_not_fresh)', async () => {
    const { visitor } = await through('corp', {
      nameId: 'sec',
      attributes: { email: 'sec@corp.example' },
    });
    const enable = (client: Client, body = {}) => client.post('/api/auth/two-factor/enable', body);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10 * 60_000 });
    onTestFinished(() => void vi.useRealTimers());
    for (const body of [{}, { password: 'made up' }]) {
      const late = await enable(visitor, body);
      expect([late.status, late.body.code]).toEqual([403, 'session_not_fresh']);
    }
    vi.useRealTimers();
    const { totpURI } = (await enable(visitor)).body as { totpURI: string };
    const code = totp(totpURI);
    const verified = await visitor.post('/api/auth/two-factor/verify-totp', { code });
    expect(verified.status).toBe(200);
    // Nobody else does it for them, and who has a password still needs it.
    const admin = await server.user({ role: 'admin' });
    const { visitor: other } = await through('corp', {
      nameId: 'imp',
      attributes: { email: 'imp@corp.example' },
    });
    const userId = (await who(other))?.id;
    expect((await admin.post('/api/auth/admin/impersonate-user', { userId })).status).toBe(200);
    expect((await enable(admin)).body.code).toBe('session_not_fresh');
    const withPassword = await enable(await server.user());
    expect([withPassword.status, withPassword.body.code]).toEqual([401, 'invalid_credentials']);
  });

  it('may change its key', async () => {
    expect((await through('corp', {}, idp.next)).went).toBe('/done');
  });

  it('gives roles and organizations by groups', async () => {
    const attributes = (groups: string[]) => ({ email: 'gus@corp.example', memberOf: groups });
    const rights = async (groups: string[]) => {
      const { visitor } = await through('corp', { nameId: 'gus', attributes: attributes(groups) });
      return (await who(visitor))?.roles.sort();
    };
    expect(await rights(['Sales', 'x'])).toEqual(['organization:member', 'sales_rep']);
    expect(await rights([])).toEqual(['user']);
  });

  it('makes nobody a user where it may not, and says so (account_unknown)', async () => {
    const { visitor, went } = await through('strict', {
      nameId: 'new',
      attributes: { email: 'new@corp.example' },
    });
    expect(went).toBe('/failed?error=account_unknown');
    expect(await who(visitor)).toBeUndefined();
    expect(told.at(-1)).toMatchObject({ kind: 'sign_in_failed', code: 'account_unknown' });
  });

  it('joins accounts only where it may (account_not_linked)', async () => {
    const local = await server.user({ email: 'fay@corp.example' });
    const fay = { nameId: 'fay', attributes: { email: 'fay@corp.example' } };
    expect((await through('corp', fay)).went).toBe('/failed?error=account_not_linked');
    expect((await through('joining', fay)).went).toBe('/failed?error=account_not_linked');
    await server.engine.update('user', local.id, { email_verified: true }, behind);
    const { visitor } = await through('joining', fay);
    expect((await who(visitor))?.id).toBe(local.id);
  });

  it('does not let in whom an administrator disabled (account_disabled)', async () => {
    const { visitor } = await through('corp', {
      nameId: 'dan',
      attributes: { email: 'd@c.example' },
    });
    const { id } = (await who(visitor)) as Person;
    await server.engine.update('user', id, { banned: true }, behind);
    const again = await through('corp', { nameId: 'dan', attributes: { email: 'd@c.example' } });
    expect(again.went).toBe('/failed?error=account_disabled');
    expect(await who(again.visitor)).toBeUndefined();
  });

  it('must name people for ever', async () => {
    const nameFormat = 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient';
    expect((await through('corp', { nameFormat })).went).toBe(
      '/failed?error=saml_response_refused',
    );
    const attributes = { uid: 'kim', email: 'kim@corp.example' };
    const first = await through('open', { nameFormat, nameId: 'x1', attributes });
    const second = await through('open', { nameFormat, nameId: 'x2', attributes });
    expect((await who(first.visitor))?.id).toBe((await who(second.visitor))?.id);
  });

  it('tells that somebody gave up', async () => {
    const visitor = server.visitor();
    const { request } = await ask(visitor, 'corp', { errorCallbackURL: '/failed?from=corp' });
    const xml = responseXml(answerTo(request)).replace('status:Success', 'status:Responder');
    const { status, headers } = await post('corp', xml);
    expect([status, headers.get('location')]).toEqual([
      303,
      '/failed?from=corp&error=saml_response_refused',
    ]);
    expect(told.at(-1)).toMatchObject({ kind: 'sign_in_failed', code: 'saml_response_refused' });
  });
});

describe('a provider that was not asked', () => {
  it('is refused, but where it may come by itself, and then once', async () => {
    const visitor = server.visitor();
    const unasked = { ...(await ask(visitor, 'corp')).request, id: '' };
    const refused = await post('corp', signed(responseXml(answerTo(unasked)), idp.key));
    expect([refused.status, refused.body.message]).toEqual([
      401,
      'The answer of "corp" is not accepted: nobody asked for it.',
    ]);
    const welcome = { ...(await ask(visitor, 'open')).request, id: '' };
    const attributes = { uid: 'ida', email: 'ida@corp.example' };
    const xml = signed(responseXml(answerTo(welcome, { attributes })), idp.key);
    const arrived = await post('open', xml, '/reports?year=1#x');
    const other = server.visitor();
    const done = await other.get(arrived.headers.get('location') ?? '');
    expect(done.headers.get('location')).toBe('/reports?year=1#x');
    expect((await who(other))?.displayName).toBe('ida@corp.example');
    expect((await post('open', xml)).body.message).toContain('it was used before');
  });

  it.each([
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    'javascript:1',
    '/a b',
    '',
  ])('does not lead elsewhere: %j', async (relay) => {
    const visitor = server.visitor();
    const request = { ...(await ask(visitor, 'open')).request, id: '' };
    const attributes = { uid: 'ida', email: 'ida@corp.example' };
    const xml = signed(responseXml(answerTo(request, { attributes })), idp.key);
    const arrived = await post('open', xml, relay);
    const done = await visitor.get(arrived.headers.get('location') ?? '');
    expect(done.headers.get('location')).toBe('/');
  });
});

describe('an answer', () => {
  it('opens one session, in the browser that asked, however often it comes', async () => {
    const visitor = server.visitor();
    const { request } = await ask(visitor);
    const xml = signed(responseXml(answerTo(request)), idp.key);
    const all = await Promise.all(Array.from({ length: 5 }, () => post('corp', xml)));
    const good = all.filter((one) => one.status === 303);
    expect(good).toHaveLength(1);
    const location = good[0]?.headers.get('location') ?? '';
    const thief = server.visitor();
    await ask(thief);
    const stolen = await thief.get(location);
    expect([stolen.status, stolen.body.code]).toEqual([401, 'saml_response_refused']);
    expect(await who(thief)).toBeUndefined();
    // Whoever tried used it up; nobody else comes in by it.
    const late = await visitor.get(location);
    expect([late.status, late.body.code]).toEqual([400, 'token_invalid']);
  });

  it('is worth nothing at another provider', async () => {
    const visitor = server.visitor();
    const { request } = await ask(visitor, 'corp');
    const xml = signed(responseXml(answerTo(request)), idp.key);
    expect((await post('open', xml)).status).toBe(401);
    const there = { acs: request.acs.replace(/corp$/, 'open') };
    const audience = request.issuer.replace(/corp$/, 'open');
    const attributes = { uid: 'ada', email: 'ada@corp.example' };
    const moved = answerTo(request, { ...there, audience, attributes });
    const answer = await post('open', signed(responseXml(moved), idp.key));
    expect(answer.body.message).toContain('nobody waits for it');
  });
});

describe('the configuration of a SAML provider', () => {
  const good = {
    kind: 'saml',
    entityId: 'https://idp.example',
    signInUrl: 'https://idp.example/sso',
    certificates: [idp.key.certificate],
  };
  it.each([
    ['no certificate', { certificates: [] }],
    ['something else than a certificate', { certificates: [idp.key.privateKey] }],
    ['a weak key', { certificates: [createSigningKey(1024).certificate] }],
    ['an unencrypted address', { signInUrl: 'http://idp.example/sso' }],
    ['a script', { signInUrl: 'javascript:alert(1)' }],
    ['linking without domains', { linkByEmail: true }],
    ['grants without groups', { grants: { a: {} } }],
    ['an unknown key', { encrypted: true }],
  ])('refuses %s', (_, change) => {
    const parse = (corp: object) => authConfigSchema.safeParse({ providers: { corp } }).success;
    expect([parse(good), parse({ ...good, ...change })]).toEqual([true, false]);
  });
});
