import { createKernel, definePlugin, serviceRef } from '@objectos/kernel';

const greeter = serviceRef<{ greet(name: string): string }>('greeter');

const greeterPlugin = definePlugin({
  manifest: { id: 'greeter', version: '1.0.0' },
  provides: [greeter],
  setup(ctx) {
    ctx.provide(greeter, { greet: (name) => `Hello, ${name}.` });
  },
});

const visitorPlugin = definePlugin({
  manifest: { id: 'visitor', version: '1.0.0', dependencies: { greeter: '^1.0.0' } },
  deps: { greeter },
  setup(ctx, deps) {
    ctx.on('kernel.ready', () => console.log(deps.greeter.greet('Ada')));
  },
});

const kernel = createKernel({ plugins: [visitorPlugin, greeterPlugin] });
const report = await kernel.boot();
console.log(report.waves); // [['greeter'], ['visitor']]
await kernel.idle();
await kernel.stop();
