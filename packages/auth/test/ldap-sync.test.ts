import { recordingLogger, stopAndCheck, type LogEntry } from '@objectos/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authConfigSchema } from '../src/config.js';
import { createDirectories } from '../src/ldap/directories.js';
import { syncDirectories } from '../src/ldap/sync.js';
import { behind, PASSWORD, startAuthServer, type AuthServer } from './support/server.js';
import {
  BIND_DN,
  BIND_PASSWORD,
  hasSlapd,
  startDirectory,
  type TestDirectory,
} from './support/slapd.js';

if (!hasSlapd) console.warn('SKIPPED: comparing users with slapd, because it is not installed.');

describe.skipIf(!hasSlapd)('users of a directory (skipped without slapd)', () => {
  let directory: TestDirectory;
  let server: AuthServer;
  let corp: Record<string, unknown>;
  const logs: LogEntry[] = [];
  const told: Record<string, unknown>[] = [];

  beforeAll(async () => {
    directory = await startDirectory();
    corp = {
      kind: 'ldap',
      urls: [directory.tls],
      ca: directory.ca,
      base: directory.base,
      bindDn: BIND_DN,
      bindPassword: BIND_PASSWORD,
      signUp: true,
      filter: '(&(objectClass=inetOrgPerson)(!(employeeType=left)))',
      groups: { base: directory.groups },
      grants: { [`cn=sales,${directory.groups}`]: { roles: ['sales_rep'] } },
    };
    server = await startAuthServer({ stopAfterTest: false, config: { providers: { corp } } });
  });
  afterAll(async () => {
    await stopAndCheck(server.kernel);
    await directory.stop();
  });
  beforeEach(() => void told.splice(0));

  function sync(settings: Record<string, unknown> = corp) {
    const logger = recordingLogger(logs);
    const { providers } = authConfigSchema.parse({ providers: { corp: settings } });
    const emit = (_: string, event: object) => void told.push({ ...event });
    const directories = createDirectories(providers, logger);
    return syncDirectories({ engine: server.engine, directories, ctx: { logger, emit } });
  }

  async function comesIn(uid: string) {
    const client = server.visitor();
    const body = { provider: 'corp', username: uid, password: PASSWORD };
    const answer = await client.post('/api/auth/sign-in/ldap', body);
    const id = (await client.get('/api/who-am-i')).body.principal?.id as string;
    return { client, answer, id };
  }

  it('who are disabled there are out, keys and all, and back when they are back', async () => {
    await directory.add({ uid: 'ann', password: PASSWORD });
    const { client, id } = await comesIn('ann');
    const key = (await client.post('/api/auth/api-keys', { name: 'mine' })).body.data.key as string;
    const program = server.visitor({ 'x-api-key': key });
    expect(await sync()).toMatchObject({ disabled: 0 });
    expect((await program.get('/api/who-am-i')).status).toBe(200);

    await directory.set('ann', 'employeeType', 'left');
    expect(await sync()).toMatchObject({ disabled: 1 });
    expect((await client.get('/api/who-am-i')).status).toBe(401);
    expect((await program.get('/api/who-am-i')).status).toBe(403);
    expect((await comesIn('ann')).answer.body.code).toBe('invalid_credentials');
    expect(told).toEqual([
      expect.objectContaining({ kind: 'user_disabled', userId: id, endpoint: 'directory corp' }),
    ]);
    expect(await sync()).toMatchObject({ disabled: 0 });

    await directory.set('ann', 'employeeType', 'back');
    await sync();
    expect((await program.get('/api/who-am-i')).status).toBe(200);
    expect((await comesIn('ann')).answer.status).toBe(200);
  });

  it('who are let in by the directory again are so at the next sign-in too', async () => {
    await directory.add({ uid: 'bea', password: PASSWORD });
    await comesIn('bea');
    await directory.set('bea', 'employeeType', 'left');
    await sync();
    await directory.set('bea', 'employeeType');
    expect((await comesIn('bea')).answer.status).toBe(200);
  });

  it('who were disabled here stay so (account_disabled)', async () => {
    await directory.add({ uid: 'cid', password: PASSWORD });
    const { id } = await comesIn('cid');
    await server.engine.update('user', id, { banned: true, ban_reason: 'by hand' }, behind);
    await sync();
    const { answer } = await comesIn('cid');
    expect([answer.status, answer.body.code]).toEqual([403, 'account_disabled']);
  });

  it('lose the roles of a group without a sign-in', async () => {
    await directory.add({ uid: 'dan', password: PASSWORD });
    await directory.group('sales', 'dan');
    const { client } = await comesIn('dan');
    const roles = async () => (await client.get('/api/who-am-i')).body.principal.roles as string[];
    expect(await roles()).toEqual(['sales_rep']);
    await directory.group('sales');
    await sync();
    expect(await roles()).toEqual(['user']);
  });

  it('who are gone are disabled, also of more than one portion', async () => {
    const uids = Array.from({ length: 55 }, (_, index) => `p${index}`);
    for (const uid of uids) await directory.add({ uid, password: PASSWORD });
    for (const uid of uids) await comesIn(uid);
    await directory.remove('p0');
    await directory.remove('p54');
    const { disabled, seen } = await sync();
    expect([disabled, seen > 55]).toEqual([2, true]);
  });

  it.each([
    ['does not answer', { urls: ['ldaps://localhost:1'] }],
    ['does not show its people any more', { base: 'ou=moved,dc=corp,dc=example' }],
    ['refuses the account that searches', { bindPassword: 'old' }],
  ])('stay when the directory %s (directory_unavailable)', async (_, change) => {
    await directory.add({ uid: `stay${Object.keys(change)[0]}`.toLowerCase(), password: PASSWORD });
    const { client } = await comesIn(`stay${Object.keys(change)[0]}`.toLowerCase());
    await expect(sync({ ...corp, ...change })).rejects.toMatchObject({
      code: 'directory_unavailable',
    });
    expect((await client.get('/api/who-am-i')).status).toBe(200);
  });
});
