import { importPlugin } from '@objectos/kernel/node';
import { isObjectOSError } from '@objectos/spec/errors';
import { metadataLoaderService } from '@objectql/core/plugin';
import { watch } from 'chokidar';
import path from 'node:path';
import { writeFailure } from '../output/failure.js';
import type { Io } from '../output/io.js';
import type { CommandOptions } from './options.js';
import { boot, untilStopped, type Started } from './start.js';

/** Editors save in several steps; what arrives within this time is one change. */
const SETTLE_MILLISECONDS = 40;

/** `objectos dev`: serves a folder, and follows every save. */
export async function dev(folder: string, options: CommandOptions, io: Io): Promise<number> {
  const started = await boot(folder, { options, io, environment: 'dev' });
  const watcher = watch(started.loaded.folder, {
    ignoreInitial: true,
    ignored: (file) =>
      /(?:^|[\\/])(?:node_modules|\.[^\\/]+)(?:[\\/]|$)/.test(
        path.relative(started.loaded.folder, file),
      ),
  });
  const reload = createReloader(started, options, io);
  watcher.on('all', (_event, file) => reload(file));
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  try {
    return await untilStopped(started.kernel, io);
  } finally {
    await watcher.close();
  }
}

/** Collects changed files and reloads once they settle; reloads never overlap. */
function createReloader(started: Started, options: CommandOptions, io: Io): (file: string) => void {
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const flush = (): void => {
    const files = changed;
    changed = new Set();
    running = running.then(() => reloadFiles(started, [...files], { options, io }));
  };
  return (file) => {
    changed.add(file);
    clearTimeout(timer);
    timer = setTimeout(flush, SETTLE_MILLISECONDS);
  };
}

async function reloadFiles(
  { kernel, pluginFiles, loaded }: Started,
  files: readonly string[],
  { options, io }: { options: CommandOptions; io: Io },
): Promise<void> {
  const begin = performance.now();
  const names = files.map((file) => path.relative(loaded.folder, file)).join(', ');
  try {
    const code = files.filter((file) => /\.[cm]?js$/.test(file));
    if (code.length > 0) for (const file of pluginFiles) await reloadPlugin(kernel, file);
    const metadata = files.some((file) => /\.(?:ya?ml|json)$/.test(file));
    if (metadata) await kernel.service(metadataLoaderService).reload();
    if (code.length === 0 && !metadata) return;
    io.stdout.write(`reloaded ${names} in ${Math.round(performance.now() - begin)} ms\n`);
  } catch (error) {
    writeFailure(io, error, { json: options.json === true, verbose: !isObjectOSError(error) });
    io.stdout.write(`kept the last good state; ${names} is not in force\n`);
  }
}

async function reloadPlugin(kernel: Started['kernel'], file: string): Promise<void> {
  const entry = await importPlugin(file);
  const { plugin } = entry;
  const manifest = 'manifest' in plugin ? plugin.manifest : plugin;
  const id = 'id' in manifest ? manifest.id : manifest.name;
  await kernel.reload(id, entry);
}
