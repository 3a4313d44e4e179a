import path from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { emptyPostgres, findPostgres } from '@objectos/testing';
import { effectsAtRest, effectsOf } from '../support/effects.js';
import { startLoad } from '../support/load.js';
import { startProxy } from '../support/proxy.js';
import { startServer, temporaryFolder } from '../support/server.js';

const application = path.join(import.meta.dirname, 'application');
const folder = temporaryFolder();
afterAll(() => folder.remove());
const postgres = await findPostgres();

async function startNode(database: string, env: Record<string, string> = {}) {
  const server = await startServer(application, {
    database,
    env: { OBJECTOS_DRAIN_DELAY: '500', ...env },
  });
  onTestFinished(() => void server.stop('SIGKILL'));
  return server;
}

describe('SIGTERM under load', () => {
  it('fails no request, loses no job, and ends with 0', { timeout: 120_000 }, async () => {
    const database = path.join(folder.path, 'stop.sqlite');
    const server = await startNode(database, { WORK_LONG: 'hang' });
    expect((await server.request('POST', '/api/long')).status).toBe(202);
    const load = startLoad(server.url, { clients: 16, leaves: true });
    await load.placed(100);
    const ended = server.stop('SIGTERM');
    await expect.poll(async () => (await server.request('GET', '/readyz')).status).toBe(503);
    const { orders, errors } = await load.finish();
    expect(errors).toEqual([]);
    expect(await ended, server.output()).toBe(0);

    const again = await startNode(database);
    const effects = await effectsAtRest(again);
    // The job that did not end in time was given back: its second run is still its first attempt.
    expect(effects.sort()).toEqual([...effectsOf(orders), 'long in attempt 1'].sort());
    expect(await again.stop()).toBe(0);
  });

  it('ends at once on the second signal', async () => {
    const database = path.join(folder.path, 'twice.sqlite');
    const server = await startNode(database, { OBJECTOS_DRAIN_DELAY: '14000' });
    const ended = server.stop('SIGTERM');
    await expect.poll(async () => (await server.request('GET', '/readyz')).status).toBe(503);
    server.child.kill('SIGTERM');
    expect(await ended).toBe(128 + 15);
  });
});

describe.skipIf(postgres === undefined)('two nodes behind a proxy', () => {
  it('are replaced one after the other without an error', { timeout: 120_000 }, async () => {
    const place = await emptyPostgres(postgres ?? '');
    onTestFinished(() => place.drop());
    const proxy = await startProxy();
    onTestFinished(() => proxy.close());
    const nodes = [await startNode(place.url), await startNode(place.url)];
    for (const { url } of nodes) await proxy.add(url);
    const load = startLoad(proxy.url, { clients: 8, leaves: false });
    await load.placed(50);
    for (const node of nodes) {
      expect(await node.stop('SIGTERM'), node.output()).toBe(0);
      proxy.remove(node.url);
      const next = await startNode(place.url);
      await proxy.add(next.url);
      nodes.push(next);
      await load.placed(50);
      if (nodes.length === 4) break;
    }
    const { orders, errors } = await load.finish();
    expect(errors).toEqual([]);
    const last = nodes.at(-1);
    expect(last === undefined ? [] : (await effectsAtRest(last)).sort()).toEqual(
      effectsOf(orders).sort(),
    );
    for (const node of nodes.slice(2)) expect(await node.stop()).toBe(0);
  });
});
