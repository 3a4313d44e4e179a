import { definePlugin, serviceRef } from '@objectos/kernel';
import { createTestKernel } from '@objectos/testing';

const clock = serviceRef<{ now(): string }>('clock');
const clockPlugin = definePlugin({
  manifest: { id: 'clock', version: '1.0.0' },
  provides: [clock],
  setup: (ctx) => void ctx.provide(clock, { now: () => '2026-01-01' }),
});
const kernel = await createTestKernel({ plugins: [clockPlugin] });
console.log(kernel.service(clock).now()); // 2026-01-01
