import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KernelStateStore } from '@objectos/spec/contracts';
import { createMemoryStateStore, type PluginInput } from '@objectos/kernel';
import { createNodeCarrier } from '@objectos/kernel/node';
import { createTestKernel } from '@objectos/testing';
import { objectqlPlugin } from '@objectql/core/plugin';
import { readPluginFiles, readSources } from '@objectql/core/node';
import { SqlDriver } from '@objectql/driver-sql';
import { onTestFinished } from 'vitest';

/** The folder of an example. */
export function exampleFolder(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
}

/** A database file in a folder that goes away after the test. */
export async function temporaryDatabase(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'objectos-example-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return `sqlite:${join(folder, 'data.sqlite')}`;
}

/** What {@link bootApplication} boots. */
export interface Application {
  readonly folder: string;
  readonly globs?: readonly string[];
  readonly plugins?: readonly PluginInput[];
  readonly url?: string;
  readonly stateStore?: KernelStateStore;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Boots the data engine with the files of a folder and more plugins, on a real SQLite database. */
export async function bootApplication({
  folder,
  globs,
  plugins = [],
  url,
  stateStore,
  config = {},
}: Application) {
  const engine = objectqlPlugin({
    driver: new SqlDriver({ url: url ?? (await temporaryDatabase()) }),
    applicationFiles: () =>
      readSources(globs ?? ['**/*.yml', '!*.yml', '!access/**'], { cwd: folder }),
    pluginFiles: readPluginFiles,
  });
  return createTestKernel({
    plugins: [engine, ...plugins],
    config,
    carrier: createNodeCarrier(),
    stateStore: stateStore ?? createMemoryStateStore(),
    timeouts: { start: 60_000 },
    stopAfterTest: true,
  });
}
