// A kernel with engine and permissions.
import { createKernel } from '@objectos/kernel';
import { createNodeCarrier } from '@objectos/kernel/node';
import { dataEngineService, systemContext } from '@objectos/spec/contracts';
import { readPluginFiles } from '@objectql/core/node';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { permissionsPlugin } from '../src/index.ts';

/** Boots it over a database, with more plugins where they are wanted. */
export async function createTestlessKernel(url, sources, { plugins = [], config = {} } = {}) {
  const carrier = createNodeCarrier();
  const driver = new SqlDriver({ url });
  const kernel = createKernel({
    carrier,
    plugins: [
      objectqlPlugin({
        driver,
        carrier,
        pluginFiles: readPluginFiles,
        applicationFiles: () => Promise.resolve(sources),
      }),
      permissionsPlugin,
      ...plugins,
    ],
    config,
  });
  await kernel.boot();
  return {
    kernel,
    driver,
    systemContext,
    engine: kernel.service(dataEngineService),
    stop: () => kernel.stop(),
  };
}
