import { definePlugin, keyValueService, optional } from '@objectos/spec/contracts';
import { databaseService } from '@objectql/core/plugin';
import { storageConfigSchema } from './config.js';
import { openKeyValue } from './key-value/open.js';

const SWEEP_MS = 60_000;

/** Key-value storage as a plugin, on the application's database unless configured otherwise. */
export const storagePlugin = definePlugin({
  manifest: { id: '@objectos/storage', version: '0.1.0' },
  config: storageConfigSchema,
  deps: { database: optional(databaseService) },
  provides: [keyValueService],
  setup(ctx, { database }) {
    const keyValue = openKeyValue(ctx.config, database);
    if (keyValue.backend === 'memory' && ctx.config.keyValue.backend === 'database') {
      ctx.logger.warn({}, 'there is no database: stored values end with the process');
    }
    ctx.provide(keyValueService, keyValue);
    ctx.onDispose(() => keyValue.close());
    return {
      async start() {
        await keyValue.prepare();
        ctx.setInterval(() => keyValue.sweep(), SWEEP_MS);
      },
      async health() {
        return (await keyValue.isUp())
          ? { status: 'up' }
          : { status: 'down', detail: `key-value storage: ${keyValue.backend} does not answer` };
      },
    };
  },
});
