import { broadcastService } from '@objectos/spec/contracts';
import { createTestKernel } from '@objectos/testing';
import { describe, expect, it } from 'vitest';
import { cachePlugin } from '../src/index.js';
import { findRedis, uniquePrefix } from './support.js';

const redisUrl = await findRedis();

async function node(config: object) {
  const kernel = await createTestKernel({
    plugins: [cachePlugin],
    config: { '@objectos/cache': config },
  });
  return { kernel, broadcast: kernel.service(broadcastService) };
}

function listen(broadcast: {
  subscribe: Awaited<ReturnType<typeof node>>['broadcast']['subscribe'];
}) {
  const heard: string[] = [];
  const end = broadcast.subscribe('news', (message) => heard.push(message));
  return { heard, end };
}

it('alone, nobody hears', async () => {
  const { broadcast } = await node({});
  const { heard } = listen(broadcast);
  broadcast.publish('news', 'x');
  expect([broadcast.shared, heard]).toEqual([false, []]);
});

describe.skipIf(redisUrl === undefined)('two nodes on one Redis (skipped without Redis)', () => {
  it('hear each other, each topic for itself, and not themselves', async () => {
    const config = { redisUrl, prefix: uniquePrefix() };
    const [one, two] = [await node(config), await node(config)];
    const foreign = await node({ redisUrl, prefix: uniquePrefix() });
    const [mine, theirs, others] = [one, two, foreign].map(({ broadcast }) => listen(broadcast));
    expect(one.broadcast.shared).toBe(true);
    one.broadcast.publish('else', 'not for this topic');
    one.broadcast.publish('news', 'ä\n"1"');
    two.broadcast.publish('news', '2');
    await expect.poll(() => [mine?.heard, theirs?.heard]).toEqual([['2'], ['ä\n"1"']]);
    await theirs?.end();
    one.broadcast.publish('news', '3');
    two.broadcast.publish('news', '4');
    await expect.poll(() => mine?.heard).toEqual(['2', '4']);
    expect(theirs?.heard).toEqual(['ä\n"1"']);
    expect(others?.heard).toEqual([]);
  });
});
