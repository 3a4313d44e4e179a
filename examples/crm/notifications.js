import {
  definePlugin,
  notificationService,
  notificationTopicsPoint,
} from '@objectos/spec/contracts';

/** Tells the owner of an opportunity, and whoever looks after everything, that it is won. */
export const plugin = definePlugin({
  manifest: { id: 'crm-notifications', version: '1.0.0', description: 'Notifications of the CRM.' },
  setup(ctx) {
    ctx.contribute(notificationTopicsPoint, {
      name: 'opportunity.won',
      label: 'Won opportunities',
      category: 'sales',
      channels: ['inbox', 'email'],
      templates: {
        en: {
          subject: 'Won: {{name}}',
          text: '{{name}} is won: {{number amount currency="USD"}}.',
          html: '<p><b>{{name}}</b> is won: {{number amount currency="USD"}}.</p>',
        },
        de: {
          subject: 'Gewonnen: {{name}}',
          text: '{{name}} ist gewonnen: {{number amount currency="USD"}}.',
        },
      },
      sample: { id: 'opportunity-0001', name: 'Sample', amount: 1200 },
    });
    ctx.hook('data.record.afterUpdate', ({ object, id, record, changed, ctx: request }) => {
      if (object !== 'opportunity' || !changed.includes('stage')) return undefined;
      if (record['stage'] !== 'closed_won') return undefined;
      return tell(ctx, { id, record, request });
    });
  },
});

/**
 * @param {import('@objectos/spec/contracts').PluginContext} ctx
 * @param {{ id: string, record: Readonly<Record<string, unknown>>, request: import('@objectos/spec/contracts').ExecutionContext }} won
 */
async function tell(ctx, { id, record, request }) {
  const { name, amount } = record;
  await ctx.service(notificationService)?.emit(
    {
      topic: 'opportunity.won',
      audience: { fields: ['owner_id'], roles: ['admin'] },
      about: { object: 'opportunity', id },
      payload: { id, name, amount },
      deduplicationKey: id,
      source: 'a won opportunity',
    },
    request,
  );
}
