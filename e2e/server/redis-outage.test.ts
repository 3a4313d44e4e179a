import { hasRedisServer, startPrivateRedis } from '@objectos/testing';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { effectsAtRest, effectsOf } from '../support/effects.js';
import { startLoad } from '../support/load.js';
import { startServer, temporaryFolder, type RunningServer } from '../support/server.js';

/** Seconds that Redis is away, each time. `OUTAGE_SECONDS=60` for a whole minute. */
const SECONDS = Number(process.env['OUTAGE_SECONDS'] ?? 4);

/** Work piles up meanwhile: each job takes a tenth of a second, ten at a time. */
const patience = 60_000 + 4 * SECONDS * 1_000;

const folder = temporaryFolder();
// Beside the original, so that its plugin finds its modules.
const application = mkdtempSync(path.join(import.meta.dirname, '.redis-outage-'));
cpSync(path.join(import.meta.dirname, 'application'), application, { recursive: true });
writeFileSync(
  path.join(application, 'objectos.config.yml'),
  "plugins: [./work.js]\npluginConfig: { '@objectos/jobs': { backend: bullmq } }\n",
);
afterAll(() => {
  folder.remove();
  rmSync(application, { recursive: true });
});

/** Reads one thing after the other. @returns what ends it, with all answers that are none */
function startReading(server: RunningServer): () => Promise<{ reads: number; bad: string[] }> {
  let isOver = false;
  let reads = 0;
  const bad: string[] = [];
  const reader = async (target: string): Promise<void> => {
    while (!isOver) {
      const { status } = await server.request('GET', target);
      reads += 1;
      if (status !== 200) bad.push(`${target}: ${String(status)}`);
    }
  };
  const targets = [
    '/api/data/effect?top=20',
    '/api/metadata',
    '/api/jobs/stats',
    '/api/data/effect',
  ];
  const readers = targets.map(reader);
  return async () => {
    isOver = true;
    await Promise.all(readers);
    return { reads, bad };
  };
}

describe.skipIf(!hasRedisServer())(
  'Redis is away under load (skipped without redis-server)',
  () => {
    it(
      'fails no read and no write, and loses no job, whether Redis dies or hangs',
      { timeout: 180_000 + 2 * SECONDS * 1_000 + patience },
      async () => {
        const redis = await startPrivateRedis();
        onTestFinished(() => redis.remove());
        const database = path.join(folder.path, 'outage.sqlite');
        const server = await startServer(application, { database, env: { REDIS_URL: redis.url } });
        onTestFinished(() => void server.stop('SIGKILL'));
        const away = (): number => server.output().split('Redis does not answer').length - 1;
        const pause = () => new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));

        const load = startLoad(server.url, { clients: 6, leaves: false });
        const endReading = startReading(server);
        await load.placed(50);
        await redis.stop();
        await load.placed(20);
        await pause();
        expect(away()).toBe(1);
        // It comes back empty.
        await redis.start();
        await load.placed(50);
        redis.freeze();
        await load.placed(20);
        await pause();
        redis.thaw();
        await load.placed(50);

        const { orders, errors } = await load.finish();
        expect(errors).toEqual([]);
        const { reads, bad } = await endReading();
        expect(bad).toEqual([]);
        expect(reads).toBeGreaterThan(50);
        expect((await effectsAtRest(server, patience)).sort()).toEqual(effectsOf(orders).sort());
        console.log(`${String(orders.length)} orders, ${String(reads)} reads`);
        expect(await server.stop()).toBe(0);
      },
    );
  },
);
