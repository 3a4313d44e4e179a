import { createMemoryStateStore, createKernel } from '@objectos/kernel';
import { definePlugin, metadataFilesPoint } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';

it('boots without starting: contributions arrive, nothing runs, and a stop undoes it', async () => {
  const log: string[] = [];
  let files = 0;
  const reader = definePlugin({
    manifest: { id: 'reader', version: '1.0.0' },
    setup(ctx) {
      ctx.consume(metadataFilesPoint, (all) => {
        files = all.length;
      });
      ctx.on('kernel.ready', () => void log.push('ready'));
      return { start: () => void log.push('start'), ready: () => void log.push('ready') };
    },
  });
  const giver = definePlugin({
    manifest: { id: 'giver', version: '1.0.0', objects: ['./objects/*.yml'] },
    setup: () => ({ stop: () => void log.push('stop') }),
  });
  const kernel = createKernel({ plugins: [reader, giver], stateStore: createMemoryStateStore() });
  await kernel.boot({ start: false });
  expect(files).toBe(1);
  expect(kernel.plugins().map(({ state }) => state)).toEqual(['set-up', 'set-up']);
  await kernel.stop();
  expect(log).toEqual(['stop']);
  expect(kernel.inspect()).toMatchObject({ consumers: 0, contributions: 0, scopes: 0 });
});
