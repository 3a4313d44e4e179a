import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createTestKernel } from '@objectos/testing';
import { migrationService, objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { expect, it, onTestFinished } from 'vitest';
import { serverPlugin } from '../src/index.js';
import { authenticatorPlugin, startServer } from './support.js';

const LOCK = 'migrate';
const ITEM = (type: string) => `name: item\nfields: { value: { type: ${type} } }\n`;

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}

it('a server that waits for a migration answers probes with how far it is', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'objectos-migrating-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const url = `sqlite:${path.join(folder, 'data.sqlite')}`;
  const port = await freePort();
  const start = (text: string) =>
    createTestKernel({
      plugins: [
        objectqlPlugin({
          driver: new SqlDriver({ url }),
          applicationFiles: async () => [{ file: 'objects/item.object.yml', text }],
          autoMigrate: 'backfill',
        }),
        serverPlugin,
      ],
      config: { '@objectos/plugin-server': { port } },
    });
  await (await start(ITEM('text'))).stop();

  // Another process is in the middle of a migration: it has the lock, and an entry in the journal.
  const other = new SqlDriver({ url });
  await other.connect();
  onTestFinished(() => other.close());
  const set = (state: string, current: object | null) =>
    other.transaction((session) =>
      session.update({
        table: MIGRATIONS,
        set: { state, current },
        where: { op: 'isNull', field: 'failure', value: true },
      }),
    );
  const base = `http://127.0.0.1:${port}`;
  let starting: ReturnType<typeof start> | undefined;
  const seen: unknown[] = [];
  await other.exclusive(LOCK, async () => {
    const steps = [{ key: 'k', kind: 'convert', description: 'convert item.value' }];
    await set('running', { steps, rows: 400, total: 1_000, finished: 1, of: 4 });
    starting = start(ITEM('number'));
    await expect
      .poll(() =>
        fetch(`${base}/healthz`).then(
          (one) => one.status,
          () => 0,
        ),
      )
      .toBe(200);
    const ready = await fetch(`${base}/readyz`);
    seen.push(ready.status, await ready.json());
    const data = await fetch(`${base}/api/data/item`);
    seen.push(data.status, data.headers.get('retry-after'), ((await data.json()) as Body).code);
    await set('done', null);
  });
  const kernel = await starting;
  expect(seen).toEqual([503, { status: 'migrating', percent: 35 }, 503, '5', 'server_starting']);
  expect((await fetch(`${base}/readyz`)).status).toBe(200);
  await kernel?.stop();
});

interface Body {
  readonly code?: string;
}

const MIGRATIONS = {
  name: 'sys_migration',
  columns: [
    { name: 'id', type: 'text' as const, nullable: false },
    { name: 'state', type: 'text' as const, nullable: true },
    { name: 'current', type: 'json' as const, nullable: true },
    { name: 'failure', type: 'text' as const, nullable: true },
  ],
  indexes: [],
};

it('migrations are shown to the platform, and to nobody else', async () => {
  const { kernel, call } = await startServer();
  const { status, headers, body } = await call('GET', '/api/migrations');
  expect([status, headers.get('cache-control'), body.data.running]).toEqual([200, 'no-store', []]);
  const [first] = body.data.history;
  expect(first).toMatchObject({ kind: 'apply', state: 'done', failure: null });
  expect(first.steps.length).toBeGreaterThan(0);
  expect((await kernel.service(migrationService).overview()).history).toHaveLength(1);
  expect((await call('GET', '/api/v1/migrations', { token: null })).status).toBe(401);
});

it('a person of an organization is told that migrations are not theirs', async () => {
  const principal = {
    ...({ kind: 'user', id: 'ada', tenantId: 'acme', roles: [], fingerprint: 'ada' } as const),
  };
  const { call } = await startServer({
    plugins: [authenticatorPlugin({ authenticate: () => principal })],
  });
  const refused = await call('GET', '/api/migrations');
  expect([refused.status, refused.body.code]).toEqual([403, 'permission_denied']);
});
