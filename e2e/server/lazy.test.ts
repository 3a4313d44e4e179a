import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { root, startServer, temporaryFolder } from '../support/server.js';

/** Libraries that are needed only by what an application configures, or by what it does one day. */
const LATER = [
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/sdk-trace-base',
  'aws4fetch',
  'bullmq',
  'handlebars',
  'ioredis',
  'mongodb',
  'nodemailer',
  'pg',
  'quickjs-wasi',
  'web-push',
];

const folder = temporaryFolder();
afterAll(() => folder.remove());

/** Starts a server, asks it something, stops it. @returns which of {@link LATER} it loaded */
async function loadedBy(name: string, env: Record<string, string> = {}): Promise<string[]> {
  const file = path.join(folder.path, `${name}.modules`);
  const preload = pathToFileURL(path.join(root, 'e2e/support/loaded-modules.mjs')).href;
  const server = await startServer(path.join(root, 'examples/minimal'), {
    database: path.join(folder.path, `${name}.sqlite`),
    env: { ...env, MODULES_FILE: file, NODE_OPTIONS: `--import ${preload}` },
  });
  expect((await server.request('GET', '/api/metadata')).status).toBe(200);
  await server.stop();
  const modules = readFileSync(file, 'utf8').split('\n');
  expect(modules.some((url) => url.includes('/node_modules/fastify/'))).toBe(true);
  return LATER.filter((library) =>
    modules.some((url) => url.includes(`/node_modules/${library}/`)),
  );
}

it('a start on the defaults loads no library that only something configured needs', async () => {
  expect(await loadedBy('defaults')).toEqual([]);
}, 120_000);

it('what is configured is loaded', async () => {
  const loaded = await loadedBy('redis', { REDIS_URL: 'redis://127.0.0.1:1' });
  expect(loaded).toEqual(['ioredis']);
}, 120_000);
