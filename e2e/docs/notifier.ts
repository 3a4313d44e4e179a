import {
  definePlugin,
  notificationService,
  notificationTopicsPoint,
} from '@objectos/spec/contracts';

export const notifier = definePlugin({
  manifest: { id: 'notifier', version: '1.0.0' },
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
          html: '<p><b>{{name}}</b> is won.</p>',
          url: '/opportunity/{{id}}',
        },
        de: { subject: 'Gewonnen: {{name}}', text: '{{name}} ist gewonnen.' },
      },
      sample: { id: 'opportunity-0001', name: 'Sample', amount: 1200 },
    });
    ctx.hook('data.record.afterUpdate', async ({ object, id, record, changed, ctx: request }) => {
      const isWon = changed.includes('stage') && record['stage'] === 'closed_won';
      if (object !== 'opportunity' || !isWon) return;
      const { name, amount } = record;
      await ctx.service(notificationService)?.emit(
        {
          topic: 'opportunity.won',
          audience: { fields: ['owner_id'], roles: ['admin'] },
          about: { object, id },
          payload: { id, name, amount },
          deduplicationKey: id,
          source: 'the notifier plugin',
        },
        request,
      );
    });
  },
});
