import { createError } from '@objectos/spec/errors';
import type { DataRuntime, LayerFiles } from '../runtime/data-runtime.js';
import type { Migrations } from './services.js';

/** The migrations of an application, whose metadata is read anew each time. */
export function createMigrations(
  runtime: DataRuntime,
  layers: () => Promise<readonly LayerFiles[]>,
): Migrations {
  const { migrator } = runtime;
  const target = async () => {
    await runtime.connect();
    return runtime.target(await layers());
  };
  return {
    target,
    plan: async (options) => migrator.plan(await target(), options),
    apply: async (options) => migrator.apply(await target(), options),
    status: async () => migrator.status(await target()),
    async isolate(options) {
      const wanted = await target();
      if (migrator.isolate !== undefined) return migrator.isolate(wanted, options);
      throw createError('tenant_isolation_unsupported', { driver: runtime.driver.name });
    },
    async overview() {
      await runtime.connect();
      return migrator.overview();
    },
    async undo(options) {
      await runtime.connect();
      return migrator.undo(options);
    },
    async forget() {
      await runtime.connect();
      return migrator.forget();
    },
  };
}
