// Measures the kernel's own time for a boot of plugins that do next to nothing, in chains of ten.
// Run after a build: node packages/kernel/bench/boot.mjs [plugins] [rounds]
import { createKernel, definePlugin, serviceRef, silentLogger } from '../dist/index.js';

const count = Number(process.argv[2] ?? 100);
const rounds = Number(process.argv[3] ?? 20);

function makePlugin(index) {
  const own = serviceRef(`service.${index}`);
  const before = index % 10 === 0 ? undefined : serviceRef(`service.${index - 1}`);
  return definePlugin({
    manifest: { id: `plugin-${index}`, version: '1.0.0' },
    provides: [own],
    deps: before === undefined ? {} : { before },
    setup(ctx) {
      ctx.provide(own, { index });
      ctx.on('kernel.ready', () => undefined);
      ctx.hook('data.record.beforeInsert', () => undefined);
      return { start: () => undefined, stop: () => undefined };
    },
  });
}

const boots = [];
const stops = [];
for (let round = 0; round < rounds; round += 1) {
  const plugins = Array.from({ length: count }, (_, index) => makePlugin(index));
  const kernel = createKernel({ plugins, logger: silentLogger });
  const begin = performance.now();
  await kernel.boot();
  const running = performance.now();
  await kernel.stop();
  boots.push(running - begin);
  stops.push(performance.now() - running);
}

const median = (values) =>
  [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)];
const row = (name, values) =>
  console.log(`| ${name} | ${values[0].toFixed(1)} | ${median(values).toFixed(1)} |`);
console.log(`${count} plugins, ${rounds} rounds, Node ${process.version}\n`);
console.log('| milliseconds | first | median |\n| --- | --- | --- |');
row('boot', boots);
row('stop', stops);
