// An application with slow requests and jobs, for the tests of stopping. Runs in the started server.
/* global Response */
import { setTimeout as wait } from 'node:timers/promises';
import { dataEngineService, definePlugin, jobsService, routesPoint } from '@objectos/kernel';

export const plugin = definePlugin({
  manifest: { id: 'work', version: '1.0.0' },
  deps: { engine: dataEngineService, jobs: jobsService },
  setup(ctx, { engine, jobs }) {
    const effect = (name, inner) => engine.insert('effect', { name }, inner);
    jobs.handle('work.order', async (run) => {
      await wait(100);
      await run.completeWith((inner) => effect(`order ${run.payload.order}`, inner));
    });
    jobs.handle('work.long', async (run) => {
      if (process.env.WORK_LONG === 'hang') await new Promise(() => undefined);
      await run.completeWith((inner) => effect(`long in attempt ${run.attempt}`, inner));
    });
    ctx.contribute(routesPoint, {
      method: 'POST',
      path: '/api/orders/:order',
      access: 'authenticated',
      async handler(request, route) {
        await jobs.enqueue('work.order', { order: route.params.order }, route);
        await wait(50);
        return Response.json({ order: route.params.order }, { status: 202 });
      },
    });
    ctx.contribute(routesPoint, {
      method: 'POST',
      path: '/api/long',
      access: 'authenticated',
      async handler(request, route) {
        await jobs.enqueue('work.long', {}, route);
        return Response.json({}, { status: 202 });
      },
    });
  },
});
