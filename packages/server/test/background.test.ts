import { jobsPlugin } from '@objectos/jobs';
import { createNodeCarrier } from '@objectos/kernel/node';
import {
  accessPolicyService,
  authenticatorService,
  dataEngineService,
  definePlugin,
  filesService,
  httpServerService,
  jobsService,
  principalDirectoryService,
  systemContext,
  type AccessOperation,
  type UserPrincipal,
} from '@objectos/spec/contracts';
import { storagePlugin } from '@objectos/storage';
import { createTestKernel, emptyPostgres, findPostgres } from '@objectos/testing';
import { readPluginFiles } from '@objectql/core/node';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serverPlugin } from '../src/index.js';
import { caller, FILES, type Answer } from './support.js';

/** What an answer about a job is read for. */
interface Shown {
  readonly id: string;
  readonly finishedAt: string | null;
  readonly links: { readonly self: string; readonly result: string; readonly retry: string };
}

const jobOf = ({ body }: Answer): Shown => (body as { readonly data: Shown }).data;

const postgres = await findPostgres();
const databases: Record<string, () => Promise<string>> = {
  SQLite: async () => `sqlite:${path.join(temporaryFolder(), 'app.sqlite')}`,
  ...(postgres === undefined
    ? {}
    : {
        async PostgreSQL() {
          const place = await emptyPostgres(postgres);
          onTestFinished(() => place.drop());
          return place.url;
        },
      }),
};

function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-background-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function person(id: string, over: Partial<UserPrincipal> = {}): UserPrincipal {
  return { kind: 'user', id, tenantId: null, roles: [], fingerprint: id, ...over };
}

/** A server with jobs and files, and with people whose token is their name. */
async function start(url: string, { run = true }: { readonly run?: boolean } = {}) {
  /** What people may not do, and who is gone: a test changes it. */
  const world = { denied: new Set<string>(), gone: new Set<string>() };
  const readOnly = { operations: new Set<AccessOperation>(['read']) };
  const people = definePlugin({
    manifest: { id: 'people', version: '1.0.0' },
    setup(ctx) {
      ctx.provide(authenticatorService, {
        authenticate({ headers }) {
          const token = String(headers['authorization']).replace('Bearer ', '');
          if (token === 'key') return person('ada', { restriction: readOnly, apiKeyId: 'k' });
          return person(token, token === 'elevated' ? { tenantId: 'acme' } : {});
        },
      });
      ctx.provide(principalDirectoryService, {
        find: async (id) => (world.gone.has(id) ? undefined : person(id)),
      });
      ctx.provide(accessPolicyService, {
        decide(principal, object, operation) {
          const { id } = principal;
          const narrow = principal.kind === 'user' ? principal.restriction?.operations : undefined;
          return world.denied.has(`${id} ${operation}`) || narrow?.has(operation) === false
            ? { allowed: false, reason: `${object} is not for ${id}` }
            : { allowed: true };
        },
        permits: ({ id }) => id === 'admin',
      });
    },
  });
  const kernel = await createTestKernel({
    plugins: [
      objectqlPlugin({
        driver: new SqlDriver({ url }),
        carrier: createNodeCarrier(),
        pluginFiles: readPluginFiles,
        applicationFiles: async () => Object.entries(FILES).map(([file, text]) => ({ file, text })),
      }),
      jobsPlugin,
      storagePlugin,
      people,
      serverPlugin,
    ],
    config: {
      '@objectos/plugin-server': { port: 0 },
      '@objectos/jobs': { pollInterval: 20, lease: 500, run },
      '@objectos/storage': { dataFolder: temporaryFolder() },
    },
  });
  const call = caller(kernel.service(httpServerService).url, '');
  const later = (
    who: string,
    method: string,
    target: string,
    body?: string,
    headers: Record<string, string> = {},
  ) =>
    call(method, target, {
      ...(body === undefined ? {} : { body }),
      token: who,
      headers: { 'content-type': 'text/csv', prefer: 'respond-async', ...headers },
    });
  /** Looks at a job until it has ended. */
  const ended = async (who: string, { headers, text }: Answer): Promise<Answer> => {
    const location = headers.get('location');
    expect(location, text).not.toBeNull();
    let seen: Answer | undefined;
    await expect
      .poll(async () => {
        seen = await call('GET', location!, { token: who });
        return (seen.body as { data?: Shown }).data?.finishedAt ?? null;
      })
      .not.toBeNull();
    return seen!;
  };
  return { kernel, call, later, ended, world };
}

const rows = (count: number, from = 1): string =>
  Array.from(
    { length: count },
    (_, index) => `Row ${from + index},r${from + index}@e.example\n`,
  ).join('');

describe.each(Object.entries(databases))('work in the background on %s', (_kind, open) => {
  it('imports a file, tells how far it is, and shows it to nobody else', async () => {
    const { later, ended, call, kernel } = await start(await open());
    const text = `name,email\n${rows(450)}Bad,nobody\n${rows(49, 451)}`;
    const accepted = await later('ada', 'POST', '/api/data/contact/import', text);
    expect(accepted.status, accepted.text).toBe(202);
    expect(accepted.headers.get('preference-applied')).toBe('respond-async');
    expect(accepted.headers.get('retry-after')).toBe('1');
    const { id, links } = jobOf(accepted);
    expect(accepted.headers.get('location')).toBe(`/api/jobs/${id}`);
    expect(links).toMatchObject({ self: `/api/jobs/${id}`, cancel: `/api/jobs/${id}/cancel` });
    const done = await ended('ada', accepted);
    expect(done.body.data).toMatchObject({
      id,
      name: 'data.import',
      state: 'completed',
      progress: 100,
      startedBy: 'ada',
      work: { done: 500, total: 500, errors: 1 },
      result: {
        row: 500,
        created: 499,
        failed: 1,
        failures: [{ row: 451, line: 452, code: 'validation_error' }],
      },
      error: null,
      links: { self: `/api/jobs/${id}` },
    });
    expect(done.body.data.work.rate).toBeGreaterThan(0);
    expect(done.body.data).not.toHaveProperty('payload');
    // Written as who started it.
    const found = await call('GET', '/api/data/contact?top=1', { token: 'ada' });
    expect(found.body.data.records[0].created_by).toBe('ada');

    for (const [method, at] of [
      ['GET', links.self],
      ['POST', `${links.self}/cancel`],
      ['POST', `${links.self}/retry`],
    ] as const) {
      expect((await call(method, at, { token: 'bob' })).body.code).toBe('job_not_found');
    }
    const listed = async (who: string, query = '') =>
      (
        (await call('GET', `/api/jobs${query}`, { token: who })).body as {
          data: { jobs: readonly { readonly id: string }[] };
        }
      ).data.jobs.map((job) => job.id);
    expect(await listed('ada')).toEqual([id]);
    expect(await listed('ada', '?state=completed')).toEqual([id]);
    expect(await listed('bob')).toEqual([]);
    expect(await listed('admin')).toContain(id);
    expect(await listed('admin', '?mine=true')).toEqual([]);
    expect((await call('GET', links.self, { token: 'admin' })).body.data.payload).toMatchObject({
      object: 'contact',
    });
    expect((await call('GET', '/api/jobs/stats', { token: 'ada' })).body.code).toBe(
      'permission_denied',
    );
    // The file was only for this.
    const { file } = (await kernel.service(jobsService).get(id))!.payload as { file: string };
    const gone = kernel.service(filesService).get(file, systemContext('test'));
    await expect(gone).rejects.toMatchObject({ code: 'file_not_found' });
  });

  it('exports into a file of who asked', async () => {
    const { later, ended, call } = await start(await open());
    await call('POST', '/api/data/contact/import', {
      body: `name,email\n${rows(30)}`,
      headers: { 'content-type': 'text/csv' },
      token: 'ada',
    });
    const query = 'select=name&sort=name&limit=12';
    const accepted = await later('ada', 'GET', `/api/data/contact/export?${query}`);
    expect(accepted.status, accepted.text).toBe(202);
    const done = await ended('ada', accepted);
    const { links } = jobOf(done);
    expect(done.body.data.result).toMatchObject({ name: 'contact.csv', records: 12 });
    expect(done.body.data.work).toMatchObject({ done: 12, total: 12, errors: 0 });
    const content = await call('GET', links.result, { token: 'ada' });
    expect(content.text.split('\r\n').slice(0, 3)).toEqual(['name', 'Row 1', 'Row 10']);
    expect((await call('GET', links.result, { token: 'bob' })).body.code).toBe('file_not_found');
    // What cannot be asked is refused at once.
    const refused = await later('ada', 'GET', '/api/data/contact/export?select=nothing');
    expect(refused.body.code).toBe('unknown_field');
  });

  it('may do what its starter may at the time it runs, and no more', async () => {
    const { later, ended, world, call } = await start(await open());
    const text = `name,email\n${rows(3)}`;
    const at = '/api/data/contact/import';
    const refused = { state: 'dead', attempt: 1, error: { code: 'permission_denied' } };
    const byKey = await ended('ada', await later('key', 'POST', at, text));
    expect(byKey.body.data).toMatchObject(refused);
    world.denied.add('bob create');
    const denied = await ended('bob', await later('bob', 'POST', at, text));
    expect(denied.body.data).toMatchObject(refused);
    // Acting in an organization for one request ends with the request.
    expect((await later('elevated', 'POST', at, text)).body.code).toBe('job_starter_unknown');
    expect((await call('GET', '/api/data/contact?top=0', { token: 'ada' })).body.data.total).toBe(
      0,
    );
  });

  it('runs nothing for who is gone by then, and lets nobody change what others do', async () => {
    const url = await open();
    const first = await start(url, { run: false });
    const accepted = await first.later('ada', 'POST', '/api/data/contact/import', 'name\nLate\n');
    expect(accepted.status).toBe(202);
    const { id } = jobOf(accepted);
    const jobs = first.kernel.service(jobsService);
    const edited = first.call('POST', `/api/jobs/${id}/retry`, {
      token: 'admin',
      body: { payload: { object: 'account', file: 'f', options: { format: 'csv' } } },
    });
    expect((await edited).body.code).toBe('job_payload_invalid');
    expect((await jobs.get(id))?.payload).toMatchObject({ object: 'contact' });
    const cancelled = await first.call('POST', `/api/jobs/${id}/cancel`, { token: 'ada' });
    expect(cancelled.body.data).toMatchObject({
      state: 'cancelled',
      links: { retry: `/api/jobs/${id}/retry` },
    });
    await first.call('POST', `/api/jobs/${id}/retry`, { token: 'ada' });
    await first.kernel.stop();

    const second = await start(url);
    second.world.gone.add('ada');
    const done = await second.ended('ada', accepted);
    expect(done.body.data).toMatchObject({
      state: 'dead',
      error: { code: expect.stringMatching(/job_starter_unknown|file_not_found/) },
    });
    expect(
      await second.kernel.service(dataEngineService).count('contact', {}, systemContext('test')),
    ).toBe(0);
  });

  it('says what is wrong with a file as a whole, and writes nothing then', async () => {
    const { later, ended, call } = await start(await open());
    const at = '/api/data/contact/import';
    const unknown = await ended('ada', await later('ada', 'POST', at, `name,what\n${rows(2)}`));
    expect(unknown.body.data).toMatchObject({
      state: 'dead',
      attempt: 1,
      error: { code: 'import_column_unknown' },
    });
    expect(unknown.body.data.error).not.toHaveProperty('stack');
    const twice = await ended('ada', await later('ada', 'POST', at, `name,name\n${rows(2)}`));
    expect(twice.body.data.error.code).toBe('import_file_invalid');
    const rehearsed = await ended(
      'ada',
      await later('ada', 'POST', `${at}?dryRun=true`, `name,email\n${rows(3)}Bad,nobody\n`),
    );
    expect(rehearsed.body.data.result).toMatchObject({
      created: 3,
      failed: 1,
      dryRun: true,
      failures: [{ row: 4 }],
    });
    expect((await call('GET', '/api/data/contact?top=0', { token: 'ada' })).body.data.total).toBe(
      0,
    );
    expect((await later('ada', 'POST', '/api/data/nothing/import', 'a\n1\n')).body.code).toBe(
      'object_not_found',
    );
  });

  it('ends at once when it is cancelled, and goes on exactly behind the last row', async () => {
    const { later, ended, kernel, call } = await start(await open());
    const jobs = kernel.service(jobsService);
    const total = async () =>
      (await call('GET', '/api/data/contact?top=0', { token: 'ada' })).body.data.total as number;
    let seen = 0;
    let reached: () => void = () => undefined;
    const third = new Promise<void>((resolve) => (reached = resolve));
    const stop = kernel.service(dataEngineService).hook(
      'beforeInsert',
      'contact',
      async () => {
        seen += 1;
        if (seen !== 450) return;
        reached();
        // Outside of this transaction, as any other request.
        await new Promise((resolve) => setTimeout(resolve, 50));
      },
      { owner: 'test' },
    );
    onTestFinished(() => void stop());
    const accepted = await later(
      'ada',
      'POST',
      '/api/data/contact/import',
      `name,email\n${rows(1_500)}`,
    );
    await third;
    await jobs.cancel(jobOf(accepted).id);
    const cancelled = await ended('ada', accepted);
    expect(cancelled.body.data).toMatchObject({ state: 'cancelled', result: null });
    // A transaction that ran at that moment commits as a whole, or not at all: both say the same.
    await expect
      .poll(async () => {
        const { work } = (await jobs.get(jobOf(accepted).id))!;
        return work!.done === (await total()) ? 'the same' : `${work!.done} of ${await total()}`;
      })
      .toBe('the same');
    const written = await total();
    expect(written).toBeGreaterThanOrEqual(400);
    expect(written).toBeLessThan(1_500);
    expect((await later('ada', 'POST', jobOf(cancelled).links.retry, '')).status).toBe(200);
    const done = await ended('ada', accepted);
    expect(done.body.data).toMatchObject({
      state: 'completed',
      work: { done: 1_500, total: 1_500, errors: 0 },
      result: { row: 1_500, created: 1_500, failed: 0 },
    });
    expect(await total()).toBe(1_500);
  });
});
