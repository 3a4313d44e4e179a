import type { PluginManifest } from '@objectos/kernel';
import { createLeadFromUser } from './leads.js';

// prettier-ignore
export const CrmPlugin: PluginManifest = {
  id: 'steedos-crm',
  version: '1.0.0',
  dependencies: ['@objectos/auth'],
  objects: ['./objects/*.object.yml'],
  workflows: ['./workflows/*.workflow.yml'],
  onLoad: async (ctx) => { ctx.logger.info('CRM Loaded'); },
  onEvent: {
    'user.signup': async (ctx, payload) => {
      await createLeadFromUser(payload);
    }
  }
};
