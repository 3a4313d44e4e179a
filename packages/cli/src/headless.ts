import type { Kernel } from '@objectos/kernel';
import { createNodeCarrier } from '@objectos/kernel/node';
import type { Logger } from '@objectos/spec/contracts';
import { createApplication } from './application.js';
import { configFlags, loggerOf, type CommandOptions } from './commands/options.js';
import { loadConfig, type LoadedConfig } from './config/load.js';
import type { Io } from './output/io.js';

/** A running application that listens to nobody. */
export interface HeadlessApplication {
  readonly kernel: Kernel;
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
}

/** How an application is booted without its server. */
export interface HeadlessOptions {
  /**
   * False: plugins are set up and not started, no metadata is in force, and the database need not fit
   * it. Default true.
   */
  readonly start?: boolean | undefined;
}

/**
 * Boots the application of a folder without its HTTP server, runs `work` on it and stops it, whatever
 * became of the work. Everything else runs as in `objectos start`: plugins, hooks, jobs, metadata.
 * Needs a database that fits the metadata, unless nothing is started.
 *
 * @example
 * await withApplication(folder, options, io, ({ kernel }) =>
 *   kernel.service(dataEngineService).count('note', {}, systemContext('cli')));
 * @returns what `work` returned
 * @throws `folder_not_found`, `config_invalid`, `kernel_boot_failed`, and what `work` throws
 */
export async function withApplication<T>(
  folder: string,
  options: CommandOptions,
  io: Io,
  work: (application: HeadlessApplication) => Promise<T> | T,
  { start = true }: HeadlessOptions = {},
): Promise<T> {
  const flags = configFlags(options);
  const loaded = await loadConfig({ folder, environment: io.environment, flags });
  const carrier = createNodeCarrier();
  const logger = loggerOf(loaded, options, { io, carrier });
  const { kernel } = await createApplication(loaded, logger, { headless: true, carrier });
  await kernel.boot({ start });
  try {
    return await work({ kernel, loaded, logger });
  } finally {
    await kernel.stop();
  }
}
