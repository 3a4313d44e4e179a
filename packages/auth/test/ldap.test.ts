import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from './support/client.js';
import { behind, PASSWORD, startAuthServer, type AuthServer } from './support/server.js';
import {
  BIND_DN,
  BIND_PASSWORD,
  hasSlapd,
  startDirectory,
  type TestDirectory,
} from './support/slapd.js';

interface Person {
  readonly id: string;
  readonly displayName: string;
  readonly tenantId: string | null;
  readonly roles: string[];
}

const path = '/api/auth/sign-in/ldap';
const SECRET_WORD = 'the long password of ada';

if (!hasSlapd) console.warn('SKIPPED: sign-in by LDAP, because slapd is not installed.');

describe.skipIf(!hasSlapd)('a directory (skipped without slapd)', () => {
  let directory: TestDirectory;
  let server: AuthServer;
  const told: Record<string, unknown>[] = [];

  beforeAll(async () => {
    directory = await startDirectory();
    const { tls, ca, base, groups, plain } = directory;
    const shared = { kind: 'ldap', ca, base, bindDn: BIND_DN, bindPassword: BIND_PASSWORD };
    server = await startAuthServer({
      stopAfterTest: false,
      told,
      config: {
        lockout: { attempts: 50 },
        providers: {
          corp: {
            ...shared,
            urls: [tls],
            label: 'Corp',
            signUp: true,
            groups: { base: groups },
            grants: {
              [`cn=sales,${groups}`]: { roles: ['sales_rep'], organizations: { acme: 'member' } },
              [`CN=Leads, ${groups}`]: { roles: ['manager'], organizations: { acme: 'admin' } },
            },
          },
          known: { ...shared, urls: [plain], startTls: true, login: ['uid', 'mail'] },
          joining: {
            ...shared,
            urls: [tls],
            signUp: true,
            emailDomains: ['corp.example'],
            linkByEmail: true,
            attributes: { name: 'displayName', groups: 'seeAlso' },
            grants: { 'cn=staff': { roles: ['staff'] } },
          },
        },
      },
    });
    await server.engine.insert('organization', { name: 'Acme', slug: 'acme' }, behind);
    await directory.add({ uid: 'ada', password: SECRET_WORD });
  });
  afterAll(async () => {
    await stopAndCheck(server.kernel);
    await directory.stop();
  });

  async function signIn(username: string, password: string, provider = 'corp') {
    const client = server.visitor();
    return { client, answer: await client.post(path, { provider, username, password }) };
  }

  async function who(client: Client): Promise<Person> {
    return (await client.get('/api/who-am-i')).body.principal as Person;
  }

  it('is offered to a sign-in page', async () => {
    const { body } = await server.visitor().get('/api/auth/providers');
    expect(body.data.providers).toContainEqual({ id: 'corp', kind: 'ldap', label: 'Corp' });
  });

  it('lets somebody in, who becomes a user and is known again', async () => {
    const { client, answer } = await signIn('ada', SECRET_WORD);
    expect([answer.status, answer.body.user.email]).toEqual([200, 'ada@corp.example']);
    const me = await who(client);
    expect(me.displayName).toBe('ada of Corp');
    const bearer = server.visitor({ authorization: `Bearer ${answer.body.data.token}` });
    expect((await who(bearer)).id).toBe(me.id);
    const again = await signIn(' ADA ', SECRET_WORD);
    expect((await who(again.client)).id).toBe(me.id);
    expect(told).toContainEqual(
      expect.objectContaining({ kind: 'sign_in', endpoint: '/sign-in/ldap', account: 'ada' }),
    );
  });

  it('makes one user of many first sign-ins at once', async () => {
    await directory.add({ uid: 'many', password: PASSWORD });
    const all = await Promise.all(Array.from({ length: 5 }, () => signIn('many', PASSWORD)));
    expect(all.map(({ answer }) => answer.status)).toEqual([200, 200, 200, 200, 200]);
    const ids = await Promise.all(all.map(async ({ client }) => (await who(client)).id));
    expect(new Set(ids).size).toBe(1);
  });

  it.each([
    ['a wrong password', 'ada', 'wrong'],
    ['no password, which the directory takes for a visitor', 'ada', ''],
    ['nobody', 'nobody', SECRET_WORD],
    ['every name', '*', SECRET_WORD],
    ['a name that closes the filter', 'ada)(uid=*', SECRET_WORD],
    ['a filter of its own', '*)(|(objectClass=*)', SECRET_WORD],
    ['a filter that is always true', 'x)(|(uid=ada)(uid=*))(&(uid=ada', SECRET_WORD],
    ['an escaped star', '\\2a', SECRET_WORD],
    ['a name with a zero', 'ada\u0000', SECRET_WORD],
    ['a name with what directories leave out', 'a\u00ADda', SECRET_WORD],
    ['a DN', 'uid=ada,ou=people,dc=corp,dc=example', SECRET_WORD],
    ['no name', '', SECRET_WORD],
  ])('refuses %s like any other wrong password (invalid_credentials)', async (_, name, word) => {
    const { client, answer } = await signIn(name, word);
    expect([answer.status, answer.body.code]).toEqual([401, 'invalid_credentials']);
    expect((await client.get('/api/who-am-i')).status).toBe(401);
  });

  it('knows a name that is written like a filter', async () => {
    await directory.add({ uid: 'o(d*d)\\', password: PASSWORD, mail: 'odd@corp.example' });
    const { answer } = await signIn('o(d*d)\\', PASSWORD);
    expect(answer.body.user.email).toBe('odd@corp.example');
  });

  it('refuses a name that fits two people', async () => {
    await directory.add({ uid: 'twin', password: PASSWORD });
    await directory.add({ uid: 'other', password: PASSWORD, mail: 'twin' });
    const { answer } = await signIn('twin', PASSWORD, 'known');
    expect(answer.body.code).toBe('invalid_credentials');
  });

  it('refuses an unknown directory and malformed requests', async () => {
    expect((await signIn('ada', SECRET_WORD, 'nowhere')).answer.status).toBe(404);
    const bodies = [{}, { provider: 'corp', username: 1, password: 'x' }, { provider: 'corp' }];
    for (const body of bodies) expect((await server.visitor().post(path, body)).status).toBe(400);
    const evil = { provider: 'corp', username: 'ada', password: SECRET_WORD };
    const answer = await server.visitor().post(path, { ...evil, callbackURL: '//evil.example' });
    expect(answer.body.code).toBe('redirect_refused');
  });

  it('writes the password nowhere', async () => {
    const everything = ['user', 'user_account', 'session', 'user_verification'];
    const rows = await Promise.all(
      everything.map(async (object) => (await server.engine.find(object, {}, behind)).records),
    );
    const logged = JSON.stringify([rows, told, server.kernel.logs]);
    expect(logged).toContain('ada@corp.example');
    expect(logged).not.toContain(SECRET_WORD);
    expect(logged).not.toContain(BIND_PASSWORD);
  });

  it('gives roles and organizations by groups, and takes back what it gave, nothing else', async () => {
    await directory.add({ uid: 'gus', password: PASSWORD });
    await directory.group('sales', 'gus');
    await directory.group('leads', 'gus');
    const first = await signIn('gus', PASSWORD);
    const me = await who(first.client);
    expect(me.roles.sort()).toEqual(['manager', 'organization:admin', 'sales_rep']);
    await server.engine.update('user', me.id, { role: 'manager,auditor' }, behind);
    await directory.group('leads');
    const second = await who((await signIn('gus', PASSWORD)).client);
    expect(second.roles.sort()).toEqual(['auditor', 'organization:member', 'sales_rep']);
    await directory.group('sales');
    const third = await who((await signIn('gus', PASSWORD)).client);
    expect([third.roles, third.tenantId]).toEqual([['auditor'], null]);
  });

  it('makes nobody a user where it may not (account_unknown)', async () => {
    await directory.add({ uid: 'new', password: PASSWORD });
    const { answer } = await signIn('new', PASSWORD, 'known');
    expect([answer.status, answer.body.code]).toEqual([403, 'account_unknown']);
  });

  it('tells whose entry has no address', async () => {
    await directory.add({ uid: 'mute', password: PASSWORD, mail: '' });
    const { answer } = await signIn('mute', PASSWORD);
    expect([answer.status, answer.body.code]).toEqual([403, 'auth_forbidden']);
    expect(answer.body.message).toContain('no mail');
  });

  it('asks who has a second factor for it', async () => {
    await directory.add({ uid: 'two', password: PASSWORD });
    const { id } = await who((await signIn('two', PASSWORD)).client);
    await server.engine.update('user', id, { two_factor_enabled: true }, behind);
    const { client, answer } = await signIn('two', PASSWORD);
    expect(answer.body.twoFactorRedirect).toBe(true);
    expect((await client.get('/api/who-am-i')).status).toBe(401);
  });

  it('is not guessed at: all ways of writing a name are one (too_many_attempts)', async () => {
    const { tls, ca, base } = directory;
    const corp = {
      kind: 'ldap',
      urls: [tls],
      ca,
      base,
      bindDn: BIND_DN,
      bindPassword: BIND_PASSWORD,
    };
    const { visitor } = await startAuthServer({
      config: { lockout: { attempts: 3 }, providers: { corp } },
    });
    await directory.add({ uid: 'lo ck', password: PASSWORD });
    const guess = async (username: string, password = 'a guess') =>
      (await visitor().post(path, { provider: 'corp', username, password })).status;
    const names = ['lo ck', 'LO CK', ' lo   ck ', 'ｌｏ　ｃｋ', 'Lo Ck'];
    const answers = [];
    for (const name of names) answers.push(await guess(name));
    expect(answers).toEqual([401, 401, 401, 429, 429]);
    expect(await guess('lo ck', PASSWORD)).toBe(429);
    expect(await guess('ada', SECRET_WORD)).toBe(403);
  });

  describe('joins accounts', () => {
    it('never by itself (account_not_linked)', async () => {
      const local = await server.user({ email: 'eve@corp.example' });
      await server.engine.update('user', local.id, { email_verified: true }, behind);
      await directory.add({ uid: 'eve', password: PASSWORD });
      const { answer } = await signIn('eve', PASSWORD);
      expect([answer.status, answer.body.code]).toEqual([409, 'account_not_linked']);
    });

    it('where it is said, of addresses that were verified and that it answers for', async () => {
      const local = await server.user({ email: 'fay@corp.example' });
      await directory.add({ uid: 'fay', password: PASSWORD, mail: 'Fay@Corp.example' });
      const refused = await signIn('fay', PASSWORD, 'joining');
      expect(refused.answer.body.code).toBe('account_not_linked');
      await server.engine.update('user', local.id, { email_verified: true }, behind);
      const { client } = await signIn('fay', PASSWORD, 'joining');
      expect((await who(client)).id).toBe(local.id);
    });

    it('not of other domains', async () => {
      const local = await server.user({ email: 'boss@elsewhere.example' });
      await server.engine.update('user', local.id, { email_verified: true }, behind);
      await directory.add({ uid: 'mallory', password: PASSWORD, mail: 'boss@elsewhere.example' });
      const { answer } = await signIn('mallory', PASSWORD, 'joining');
      expect(answer.body.code).toBe('account_not_linked');
    });

    it('and follows a name, roles, and an address of its domains, which nobody else has', async () => {
      await directory.add({
        uid: 'zoe',
        password: PASSWORD,
        more: { displayName: 'Zoe', seeAlso: 'cn=Staff' },
      });
      const { id, roles } = await who((await signIn('zoe', PASSWORD, 'joining')).client);
      expect(roles).toContain('staff');
      const stored = async () => server.engine.get('user', id, behind);
      expect(await stored()).toMatchObject({ name: 'Zoe', email_verified: true });
      await directory.set('zoe', 'displayName', 'Zoe Z');
      await directory.set('zoe', 'mail', 'zoe.z@corp.example');
      await signIn('zoe', PASSWORD, 'joining');
      expect(await stored()).toMatchObject({ name: 'Zoe Z', email: 'zoe.z@corp.example' });
      for (const mail of ['ada@corp.example', 'zoe@elsewhere.example']) {
        await directory.set('zoe', 'mail', mail);
        expect((await signIn('zoe', PASSWORD, 'joining')).answer.status).toBe(200);
        expect(await stored()).toMatchObject({ email: 'zoe.z@corp.example' });
      }
    });
  });
});
