import type { Kernel } from '@objectos/kernel';
import { createNodeCarrier, stopOnSignals } from '@objectos/kernel/node';
import { httpServerService, signInStatusService, type Logger } from '@objectos/spec/contracts';
import { metadataSnapshotService } from '@objectql/core/plugin';
import { createApplication, type Application } from '../application.js';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import type { Io } from '../output/io.js';
import { configFlags, loggerOf, type CommandOptions } from './options.js';

/** A started application. */
export interface Started extends Application {
  readonly loaded: LoadedConfig;
  readonly logger: Logger;
}

/** `objectos start`: serves the application of a folder until it is told to stop. */
export async function start(folder: string, options: CommandOptions, io: Io): Promise<number> {
  const { kernel } = await boot(folder, { options, io, environment: 'prod' });
  return untilStopped(kernel, io);
}

/** Boots an application and says where it is. */
export async function boot(
  folder: string,
  { options, io, environment }: { options: CommandOptions; io: Io; environment: 'prod' | 'dev' },
): Promise<Started> {
  const begin = performance.now();
  const loaded = await loadConfig({
    folder,
    environment: io.environment,
    flags: configFlags(options),
  });
  const json = options.json === true;
  const carrier = createNodeCarrier();
  const logger = loggerOf(loaded, options, { io, carrier, serves: true });
  const application = await createApplication(loaded, logger, { environment, carrier });
  // Before anybody is told where to find it: who sees that it listens may also end it.
  if (io.signal === undefined) stopOnSignals(application.kernel, { logger });
  await application.kernel.boot();
  announce(application.kernel, { io, json, milliseconds: Math.round(performance.now() - begin) });
  return { ...application, loaded, logger };
}

/** Runs until the process is told to end, or the caller's signal says so. */
export async function untilStopped(kernel: Kernel, io: Io): Promise<number> {
  const { signal } = io;
  if (signal === undefined) {
    // The signal handler ends the process, after the kernel stopped.
    return new Promise(() => undefined);
  }
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  }
  await kernel.stop();
  return 0;
}

function announce(
  kernel: Kernel,
  { io, json, milliseconds }: { io: Io; json: boolean; milliseconds: number },
): void {
  const { url, origin, startupToken } = kernel.service(httpServerService);
  const signIn = kernel.findService(signInStatusService);
  const setupPath = signIn?.setupPath();
  const setupUrl = setupPath === undefined ? undefined : origin + setupPath;
  const outbox = signIn?.outboxFolder();
  if (json) {
    const facts = { url, startupToken, setupUrl, outbox, bootMilliseconds: milliseconds };
    const message = { event: 'listening', ...facts };
    io.stdout.write(`${JSON.stringify(message)}\n`);
    return;
  }
  const lines = [`ObjectOS listens on ${url} (ready in ${milliseconds} ms)`];
  if (startupToken !== undefined) {
    const object = firstObject(kernel);
    lines.push(
      '',
      'Nobody signs in here: only this machine gets in, with this token.',
      '',
      `  curl -H 'Authorization: Bearer ${startupToken}' '${url}/api/data/${object}?top=3'`,
      '',
    );
  }
  if (setupUrl !== undefined) {
    lines.push('', 'There is no administrator yet. This link makes one; it works once:', '');
    lines.push(`  ${setupUrl}`, '');
  }
  if (outbox !== undefined) lines.push(`Mail is not sent but written to ${outbox}`);
  io.stdout.write(`${lines.join('\n')}\n`);
}

/** An object to try it with: one of the application, before those that plugins bring. */
function firstObject(kernel: Kernel): string {
  const { objects, items } = kernel.service(metadataSnapshotService).current();
  const offered = [...objects.values()].filter((object) => object.methods.has('list'));
  const own = offered.find(({ name }) => items.get('object')?.get(name)?.layer === 'app');
  return (own ?? offered[0])?.name ?? 'contact';
}
