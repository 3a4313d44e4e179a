import { mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { emptyPostgres, findPostgres } from '@objectos/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { PASSWORD, serveFolder, signIn } from './serve.js';

const NOTE = `label: Note
sharingModel: public_read
fields:
  title: { type: text, required: true }
  salary: { type: text }
`;
const READER = `label: Reader
objects: { note: { allowRead: true } }
fields: { note.title: { readable: true } }
assignedTo: [{ type: role, value: reader }]
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-cli-'));
  for (const name of ['objects', 'permission_sets', 'roles']) mkdirSync(path.join(folder, name));
  writeFileSync(path.join(folder, 'objects/note.object.yml'), NOTE);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const serve = (environment: Record<string, string> = {}) => serveFolder(folder, environment);

const postgres = await findPostgres();

/** Where a server keeps its records: an empty database, gone after the test. */
async function placeOf(database: string): Promise<Record<string, string>> {
  if (database === 'SQLite' || postgres === undefined) return {};
  const place = await emptyPostgres(postgres);
  onTestFinished(() => place.drop());
  return { DATABASE_URL: place.url };
}

describe('objectos start', () => {
  it.each(postgres === undefined ? ['SQLite'] : ['SQLite', 'PostgreSQL'])(
    'asks for sign-in: a link, an administrator, a user with few rights, on %s',
    { timeout: 120_000 },
    async (database) => {
      const environment = await placeOf(database);
      writeFileSync(path.join(folder, 'permission_sets/reader.permission_set.yml'), READER);
      writeFileSync(path.join(folder, 'roles/reader.role.yml'), 'label: Reader\n');
      const first = await serve(environment);
      expect(first.err()).not.toMatch(/"level":"(?:warn|error)"/);
      const { setupUrl = '', startupToken, outbox } = first.listening ?? {};
      expect(startupToken).toBeUndefined();
      expect(outbox).toBe(path.join(folder, '.objectos', 'outbox'));
      expect((await first.call('GET', '/api/data/note')).status).toBe(401);
      const token = new URL(setupUrl).searchParams.get('token');
      const root = { name: 'Root', email: 'root@example.com', password: PASSWORD };
      expect((await first.call('POST', '/setup', { body: { ...root, token } })).status).toBe(201);

      const admin = await signIn(first.call, root.email);
      const made = await first.call('POST', '/api/data/note', {
        token: admin,
        body: { title: 'Hello', salary: '9' },
      });
      expect(made.status).toBe(201);
      const user = { name: 'Rita', email: 'rita@example.com', password: PASSWORD };
      const created = await first.call('POST', '/api/auth/admin/create-user', {
        token: admin,
        body: { ...user, role: 'reader', data: { emailVerified: true } },
      });
      expect(created.status).toBe(200);

      const reader = await signIn(first.call, user.email);
      const seen = await first.call('GET', '/api/data/note', { token: reader });
      expect(seen.body.data.records).toMatchObject([{ title: 'Hello' }]);
      expect(seen.body.data.records[0]).not.toHaveProperty('salary');
      const refused = await first.call('POST', '/api/data/note', {
        token: reader,
        body: { title: 'Mine' },
      });
      expect([refused.status, refused.body.code]).toEqual([403, 'permission_denied']);
      expect(await first.finish()).toBe(0);
      expect(first.err()).not.toMatch(/"level":"(?:warn|error)"/);

      const second = await serve(environment);
      expect(second.listening?.setupUrl).toBeUndefined();
      expect((await second.call('GET', '/api/data/note', { token: reader })).status).toBe(200);
      await second.finish();
      expect(readdirSync(path.join(folder, '.objectos'))).toContain('secret');
    },
  );

  it('refuses to start in production without a secret (auth_secret_required)', async () => {
    const { err, failure, finish } = await serve({ NODE_ENV: 'production' });
    expect(failure()).toMatchObject({ event: 'failed', code: 'auth_secret_required' });
    expect(err()).toContain('OBJECTOS_SECRET');
    expect(await finish()).toBe(1);
  });

  it('refuses a start-up token that would open nothing', async () => {
    const { err, failure, finish } = await serve({ OBJECTOS_STARTUP_TOKEN: 't'.repeat(40) });
    expect(failure()).toMatchObject({ code: 'config_invalid' });
    expect(err()).toContain('startup-token');
    expect(await finish()).toBe(1);
  });

  it('leaves out what the configuration says, and then nobody sees anything', async () => {
    writeFileSync(path.join(folder, 'objectos.config.yml'), "without: ['@objectos/permissions']\n");
    const { listening, call, finish } = await serve();
    const token = new URL(listening?.setupUrl ?? '').searchParams.get('token');
    const root = { name: 'Root', email: 'root@example.com', password: PASSWORD };
    await call('POST', '/setup', { body: { ...root, token } });
    const admin = await signIn(call, root.email);
    expect((await call('GET', '/api/data/note', { token: admin })).status).toBe(403);
    await finish();
  });
});
