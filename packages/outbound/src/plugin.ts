import { definePlugin, outboundService } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import { outboundConfigSchema } from './config.js';
import { createOutboundService } from './outbound-service.js';

/** Requests to other servers, as a plugin. Each refused destination is in the log. */
export const outboundPlugin = definePlugin({
  manifest: { id: '@objectos/outbound', version: '0.1.0' },
  config: outboundConfigSchema,
  provides: [outboundService],
  setup(ctx) {
    const service = createOutboundService({ config: ctx.config });
    ctx.provide(outboundService, {
      async request(url, init) {
        try {
          return await service.request(url, init);
        } catch (error) {
          if (isObjectOSError(error) && error.code === 'outbound_blocked') {
            const { requestId } = ctx.currentContext() ?? {};
            ctx.logger.warn({ code: error.code, requestId }, error.message);
          }
          throw error;
        }
      },
    });
  },
});
