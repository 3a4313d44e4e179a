import { expect, it } from 'vitest';
import { createKernel, definePlugin, serviceRef, silentLogger } from '../src/index.js';

it('boots', async () => {
  const greetings = serviceRef<{ hello(): string }>('greetings');
  const a = definePlugin({ manifest: { id: 'a', version: '1.0.0' }, provides: [greetings], setup(ctx) { ctx.provide(greetings, { hello: () => 'hi' }); } });
  const b = definePlugin({ manifest: { id: 'b', version: '1.0.0' }, deps: { greetings }, setup(ctx, deps) { expect(deps.greetings.hello()).toBe('hi'); } });
  const kernel = createKernel({ plugins: [b, a], logger: silentLogger });
  const report = await kernel.boot();
  expect(report.waves).toEqual([['a'], ['b']]);
  console.log(report.format());
  await kernel.stop();
  expect(kernel.inspect()).toMatchObject({ services: 0, scopes: 0 });
});
