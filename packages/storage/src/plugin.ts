import {
  dataEngineService,
  definePlugin,
  filesService,
  jobsService,
  keyValueService,
  optional,
} from '@objectos/spec/contracts';
import { databaseService, metadataSnapshotService } from '@objectql/core/plugin';
import { storageConfigSchema } from './config.js';
import { openFiles } from './files/open.js';
import { withoutEngine } from './files/without-engine.js';
import { openKeyValue } from './key-value/open.js';

const SWEEP_MS = 60_000;

/**
 * Storage as a plugin: values by key in the application's database unless configured otherwise, and
 * files, where there is a data engine whose records they belong to.
 */
export const storagePlugin = definePlugin({
  manifest: { id: '@objectos/storage', version: '0.1.0' },
  config: storageConfigSchema,
  deps: {
    database: optional(databaseService),
    engine: optional(dataEngineService),
    metadata: optional(metadataSnapshotService),
    jobs: optional(jobsService),
  },
  provides: [keyValueService, filesService],
  setup(ctx, { database, engine, metadata, jobs }) {
    const keyValue = openKeyValue(ctx.config, database);
    if (keyValue.backend === 'memory' && ctx.config.keyValue.backend === 'database') {
      ctx.logger.warn({}, 'there is no database: stored values end with the process');
    }
    ctx.provide(keyValueService, keyValue);
    ctx.onDispose(() => keyValue.close());
    const files =
      database === undefined || engine === undefined || metadata === undefined
        ? undefined
        : openFiles(ctx, { database, engine, metadata, keyValue, jobs });
    if (files === undefined) ctx.provide(filesService, withoutEngine);
    return {
      async start() {
        await keyValue.prepare();
        await files?.start();
        ctx.setInterval(() => keyValue.sweep(), SWEEP_MS);
      },
      async health() {
        const away = [
          ...((await keyValue.isUp()) ? [] : ['key-value storage']),
          ...((await files?.isUp()) === false ? ['file storage'] : []),
        ];
        if (away.length === 0) return { status: 'up' };
        return { status: 'down', detail: `${away.join(' and ')} does not answer` };
      },
    };
  },
});
