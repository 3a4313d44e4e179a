import { definePlugin, routesPoint, systemContext, type Route } from '@objectos/spec/contracts';
import { createTestKernel } from '@objectos/testing';
import { expect, test } from 'vitest';
import { tidyPlugin } from '../src/index.js';

/** Boots a real kernel with the plugin, and with a second one that plays engine and server. */
async function boot(config: Record<string, unknown> = {}) {
  let insert = async (_object: string, data: Record<string, unknown>) => data;
  const routes: Route[] = [];
  const surroundings = definePlugin({
    manifest: { id: 'surroundings', version: '1.0.0' },
    setup(ctx) {
      insert = async (object, data) => {
        await ctx.runHooks('data.record.beforeInsert', {
          object,
          data,
          ctx: systemContext('test'),
        });
        return data;
      };
      ctx.consume(routesPoint, (all) => {
        routes.splice(0, routes.length, ...all.map(({ value }) => value));
      });
    },
  });
  const kernel = await createTestKernel({ plugins: [tidyPlugin, surroundings], config });
  const ask = async () => {
    const [route] = routes;
    const request = new Request('http://localhost/api/tidy');
    const answer = await route?.handler(request, { ...systemContext('test'), params: {} });
    return (await answer?.json()) as unknown;
  };
  return { kernel, insert, ask, routes };
}

test('spaces around texts go away, and are counted', async () => {
  const { insert, ask } = await boot();
  expect(await insert('contact', { name: '  Ada ', email: 'ada@example.org', age: 36 })).toEqual({
    name: 'Ada',
    email: 'ada@example.org',
    age: 36,
  });
  expect(await ask()).toEqual({ tidied: 1 });
});

test('only the configured objects are tidied', async () => {
  const { insert } = await boot({ tidy: { objects: ['account'] } });
  expect(await insert('contact', { name: ' Ada ' })).toEqual({ name: ' Ada ' });
  expect(await insert('account', { name: ' Acme ' })).toEqual({ name: 'Acme' });
});

test('a wrong configuration is refused before anything runs', async () => {
  await expect(boot({ tidy: { object: ['account'] } })).rejects.toMatchObject({
    code: 'kernel_boot_failed',
  });
});

test('disabled, it leaves nothing behind', async () => {
  const { kernel, insert, routes } = await boot();
  await kernel.disable('tidy');
  await kernel.idle();
  expect(routes).toEqual([]);
  expect(await insert('contact', { name: ' Ada ' })).toEqual({ name: ' Ada ' });
});
