import { createKernel, definePlugin, serviceRef, silentLogger } from '@objectos/kernel';
import { expect, it } from 'vitest';
import { createTestKernel, stopAndCheck } from './create-test-kernel.js';

const counter = serviceRef<{ next(): number }>('counter');
const counterPlugin = definePlugin({
  manifest: { id: 'counter', version: '1.0.0' },
  provides: [counter],
  setup(ctx) {
    let value = 0;
    ctx.provide(counter, { next: () => ++value });
    ctx.logger.info({ value }, 'counting');
  },
});

it('boots a real kernel and keeps its log', async () => {
  const kernel = await createTestKernel({ plugins: [counterPlugin] });
  expect(kernel.state).toBe('running');
  expect(kernel.service(counter).next()).toBe(1);
  expect(kernel.logs).toContainEqual({
    level: 'info',
    message: 'counting',
    fields: { plugin: 'counter', value: 0 },
  });
});

it('validates the payloads of declared events', async () => {
  const kernel = await createTestKernel({ plugins: [] });
  expect(() => kernel.emit('plugin.started', { plugin: 1 } as never)).toThrow(
    /payload of event "plugin.started" is not valid/,
  );
});

it('fails the test of a plugin that does not stop as it should', async () => {
  const plugin = definePlugin({
    manifest: { id: 'sticky', version: '1.0.0' },
    setup: () => ({
      stop() {
        throw new TypeError('I stay');
      },
    }),
  });
  const kernel = createKernel({ plugins: [plugin], logger: silentLogger });
  await kernel.boot();
  await expect(stopAndCheck(kernel)).rejects.toThrow(/sticky/);
});
