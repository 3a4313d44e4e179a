import { jobsPlugin } from '@objectos/jobs';
import { jobsService, keyValueService } from '@objectos/spec/contracts';
import { databaseService } from '@objectql/core/plugin';
import { readdir, utimes } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { createFileAccess } from '../src/files/access.js';
import { collectFiles, type CollectParts } from '../src/files/collect.js';
import { createFilesService } from '../src/files/files-service.js';
import { createFileLinks } from '../src/files/links.js';
import { createUploads, type Uploads } from '../src/files/uploads/uploads.js';
import { createLocalStore, storageConfigSchema } from '../src/index.js';
import { postgresUrl } from './support.js';
import { bytes, PDF, startApplication, user, type Application } from './application.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** The parts of a collection at a moment, over the application's own data. */
function partsAt(
  app: Application,
  now: () => number,
): CollectParts & { readonly uploads: Uploads } {
  const { engine, kernel } = app;
  const config = storageConfigSchema.parse({}).files;
  const store = createLocalStore({ folder: app.folder });
  const links = createFileLinks(kernel.service(databaseService));
  const access = createFileAccess({ service: () => undefined }, engine, links);
  const plugin = { hasHooks: () => false, runHooks: () => undefined };
  const files = createFilesService({ plugin, engine, store, config, links, access });
  const values = kernel.service(keyValueService).open({ owner: '@objectos/storage' });
  const uploads = createUploads({ files, access, store, values, config, now });
  return { engine, files, links, store, uploads, config, now };
}

async function names(app: Application): Promise<string[]> {
  const entries = await readdir(app.folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort();
}

it('removes what no record had for a day, and nothing else', async () => {
  const app = await startApplication();
  const [kept, orphan, replaced] = [
    await app.upload('kept.pdf', PDF),
    await app.upload('orphan.pdf', PDF),
    await app.upload('replaced.pdf', PDF),
  ];
  await app.call('POST', '/api/data/deal', { body: { contract: kept } });
  const deal = await app.call('POST', '/api/data/deal', { body: { contract: replaced } });
  const collect = (later: number) => collectFiles(partsAt(app, () => Date.now() + later));
  expect(await collect(DAY - HOUR)).toEqual({ orphans: 0, links: 0, contents: 0 });
  expect(await collect(DAY + HOUR)).toEqual({ orphans: 1, links: 0, contents: 0 });
  expect(await names(app)).toEqual([kept, replaced].sort());
  expect((await app.call('GET', `/api/storage/files/${orphan}`)).status).toBe(404);
  // From the moment on at which a record lets it go, a file is kept for a while.
  await app.call('PATCH', `/api/data/deal/${deal.body.data.id}`, { body: { contract: null } });
  await app.engine.update(
    'stored_file',
    replaced,
    { detached_at: new Date(Date.now() + DAY).toISOString() },
    app.system,
  );
  expect(await collect(DAY + HOUR)).toMatchObject({ orphans: 0 });
  expect(await collect(2 * DAY + HOUR)).toMatchObject({ orphans: 1 });
  expect(await names(app)).toEqual([kept]);
});

const SCHEMAS = 'with a schema for each organization';

it.each(postgresUrl === undefined ? ['by rows'] : ['by rows', SCHEMAS])(
  'keeps what is in the trash, and removes what is gone for good, %s',
  async (isolation) => {
    const app = await startApplication(
      isolation === SCHEMAS ? { database: (await postgresUrl?.()) ?? '', tenantSchemas: true } : {},
    );
    const [deleted, purged] = [await app.upload('a.pdf', PDF), await app.upload('b.pdf', PDF)];
    const deal = await app.call('POST', '/api/data/deal', { body: { contract: deleted } });
    const page = await app.call('POST', '/api/data/diary', { body: { page: purged } });
    await app.call('DELETE', `/api/data/deal/${deal.body.data.id}`);
    expect((await app.call('DELETE', `/api/data/diary/${page.body.data.id}`)).status).toBe(200);
    expect(await collectFiles(partsAt(app, () => Date.now() + 2 * DAY))).toEqual({
      orphans: 1,
      links: 1,
      contents: 0,
    });
    expect(await names(app)).toEqual([deleted]);
    await app.engine.restore('deal', String(deal.body.data.id), app.system);
    const read = await app.call('GET', `/api/storage/files/${deleted}/content`);
    expect(read.text).toBe(PDF.toString());
  },
);

it('removes contents that a process left when it died, and chunks of dead uploads', async () => {
  const app = await startApplication();
  const parts = partsAt(app, Date.now);
  const ctx = user('ada');
  await parts.store.write('files/xx/left-behind', bytes('x'));
  await parts.store.write('files/xx/just-now', bytes('x'));
  const { uploads } = parts;
  const announced = { name: 'a.txt', size: 4, chunkSize: 2 };
  const live = await uploads.begin(announced, ctx);
  const dead = await uploads.begin(announced, ctx);
  for (const { id, token } of [live, dead])
    await uploads.putChunk(id, { index: 0, token, body: bytes('ab') }, ctx);
  await parts.store.write(`parts/${dead.id}/1`, bytes('x'));
  const values = app.kernel.service(keyValueService).open({ owner: '@objectos/storage' });
  await values.delete(`upload:${dead.id}`);
  const long = new Date(Date.now() - 2 * HOUR);
  const content = path.join(app.folder, 'content');
  for (const key of [
    'files/xx/left-behind',
    `parts/${live.id}/0`,
    `parts/${dead.id}/0`,
    `parts/${dead.id}/1`,
  ])
    await utimes(path.join(content, key), long, long);
  expect(await collectFiles(parts)).toEqual({ orphans: 0, links: 0, contents: 3 });
  expect(await names(app)).toEqual(['0', 'just-now']);
  expect((await uploads.progress(live.id, ctx)).uploadedChunks).toBe(1);
});

const places: [string, () => Promise<string>][] = [['SQLite', async () => ':memory:']];
if (postgresUrl !== undefined) places.push(['PostgreSQL', postgresUrl]);

it.each(places)(
  'never takes a file from a record that gets it in the same moment, on %s',
  async (_, place) => {
    const app = await startApplication({ database: await place() });
    const { files } = partsAt(app, Date.now);
    for (let round = 0; round < 10; round += 1) {
      const id = await app.upload('a.pdf', PDF);
      const [created, discarded] = await Promise.all([
        app.call('POST', '/api/data/deal', { body: { contract: id } }),
        files.discard(id, app.system),
      ]);
      expect(created.status === 201).toBe(!discarded);
      const read = await app.call('GET', `/api/storage/files/${id}/content`, { as: 'bob' });
      expect(read.status).toBe(discarded ? 404 : 200);
    }
  },
);

it('is done by a job, once an hour, where there are jobs', async () => {
  const app = await startApplication({ plugins: [jobsPlugin] });
  const jobs = app.kernel.service(jobsService);
  const { id } = await jobs.enqueue('storage.collect', {}, app.system);
  await expect.poll(async () => (await jobs.get(id))?.state).toBe('completed');
  expect((await jobs.get(id))?.result).toEqual({ orphans: 0, links: 0, contents: 0 });
  const without = await startApplication();
  expect(without.kernel.logs.map(({ message }) => message).join()).toContain('no jobs are loaded');
});
