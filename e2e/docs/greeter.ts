import { dataEngineService, definePlugin, routesPoint } from '@objectos/spec/contracts';

export const greeter = definePlugin({
  manifest: { id: 'greeter', version: '1.0.0' },
  deps: { engine: dataEngineService },
  setup(ctx, { engine }) {
    ctx.hook('data.record.beforeInsert', ({ object, data }) => {
      if (object === 'contact' && data['lead_source'] === undefined) data['lead_source'] = 'web';
    });
    ctx.on('data.record.created', ({ object, id }) => {
      ctx.logger.info({ object, id }, 'a record was created');
    });
    ctx.contribute(routesPoint, {
      method: 'GET',
      path: '/api/greeter/contacts',
      access: 'authenticated',
      handler: async (_request, route) =>
        Response.json({ contacts: await engine.count('contact', {}, route) }),
    });
    return {
      start: () => ctx.logger.info({}, 'ready'),
      health: () => ({ status: 'up' }),
    };
  },
});
