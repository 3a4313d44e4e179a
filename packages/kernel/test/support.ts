import {
  createKernel,
  definePlugin,
  silentLogger,
  type DependencyMap,
  type Kernel,
  type KernelOptions,
  type Logger,
  type PluginContext,
  type PluginInput,
  type PluginInstance,
} from '../src/index.js';
import { isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';

/** A log entry as a test reads it. */
export interface Entry {
  level: string;
  message: string;
  fields: Record<string, unknown>;
}

export function recordingLogger(entries: Entry[], bound: object = {}): Logger {
  const write = (level: string) => (fields: object, message: string) => {
    entries.push({ level, message, fields: { ...bound, ...fields } });
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => recordingLogger(entries, { ...bound, ...fields }),
  };
}

type Setup = (
  ctx: PluginContext,
  deps: Record<string, unknown>,
) => PluginInstance | Promise<PluginInstance | void> | void;

/** A plugin of a test: an id, and what its test is about. */
export function plugin(
  id: string,
  parts: {
    manifest?: object;
    deps?: DependencyMap;
    provides?: Parameters<typeof definePlugin>[0]['provides'];
    setup?: Setup;
  } = {},
) {
  const { manifest = {}, setup, ...rest } = parts;
  return definePlugin({
    manifest: { id, version: '1.0.0', ...manifest },
    ...rest,
    setup: (ctx, deps) => setup?.(ctx, deps),
  });
}

/** A plugin that writes every step of its life into `steps`, as `id.step`. */
export function tracer(
  id: string,
  steps: string[],
  parts: {
    manifest?: object;
    deps?: DependencyMap;
    provides?: Parameters<typeof definePlugin>[0]['provides'];
  } = {},
) {
  return plugin(id, {
    ...parts,
    setup(ctx) {
      steps.push(`${id}.setup`);
      for (const ref of parts.provides ?? []) ctx.provide(ref, { from: id });
      ctx.onDispose(() => void steps.push(`${id}.dispose`));
      return {
        start: () => void steps.push(`${id}.start`),
        stop: () => void steps.push(`${id}.stop`),
      };
    },
  });
}

export function kernelOf(
  plugins: readonly PluginInput[],
  options: Partial<KernelOptions> = {},
): Kernel {
  return createKernel({ plugins, logger: silentLogger, ...options });
}

export async function booted(
  plugins: readonly PluginInput[],
  options: Partial<KernelOptions> = {},
) {
  const kernel = kernelOf(plugins, options);
  await kernel.boot();
  return kernel;
}

/** The catalogue error that `work` fails with. */
export async function failure(work: () => unknown): Promise<ObjectOSError> {
  try {
    await work();
  } catch (error) {
    if (isObjectOSError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** The messages of all problems of a boot or change that was refused. */
export function problemsOf(
  error: ObjectOSError,
): { code: string; message: string; plugin?: string; phase?: string }[] {
  return error.details['problems'] as never;
}

export const NOTHING = {
  services: 0,
  hooks: 0,
  eventHandlers: 0,
  contributions: 0,
  consumers: 0,
  timers: 0,
  scopes: 0,
  outstandingEvents: 0,
};

/** A promise that never settles: a plugin that hangs. */
export const forever = () => new Promise<never>(() => undefined);
