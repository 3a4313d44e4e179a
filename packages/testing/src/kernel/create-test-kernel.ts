import { createKernel, type Kernel, type KernelOptions, type Logger } from '@objectos/kernel';
import { expect, onTestFinished } from 'vitest';

/** One entry of a test kernel's log. */
export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Options of {@link createTestKernel}: those of a kernel, and when to stop it. */
export interface TestKernelOptions extends KernelOptions {
  /** Stop it, and check that nothing is left, after the running test. Default true. */
  readonly stopAfterTest?: boolean | undefined;
}

/** A running kernel with what it logged. */
export interface TestKernel extends Kernel {
  readonly logs: readonly LogEntry[];
}

/**
 * Boots a real kernel with these plugins, with validated events and a log that tests can read. After
 * the test it is stopped, and the test fails if a plugin left a handler, timer, service or
 * contribution behind.
 *
 * @example
 * const kernel = await createTestKernel({ plugins: [cachePlugin], config: { cache: { size: 2 } } });
 * expect(kernel.service(cacheService).get('a')).toBeUndefined();
 */
export async function createTestKernel(options: TestKernelOptions): Promise<TestKernel> {
  const { stopAfterTest = true, ...kernelOptions } = options;
  const logs: LogEntry[] = [];
  const kernel = createKernel({ strict: true, logger: recordingLogger(logs), ...kernelOptions });
  await kernel.boot();
  if (stopAfterTest) onTestFinished(() => stopAndCheck(kernel));
  return Object.defineProperty(kernel, 'logs', { value: logs }) as TestKernel;
}

/** Stops a kernel and fails unless every plugin stopped and left nothing registered. */
export async function stopAndCheck(kernel: Kernel): Promise<void> {
  const report = await kernel.stop();
  const problems = report.failures.map((failure) => failure.message);
  expect(problems, `the kernel did not stop cleanly: ${problems.join('; ')}`).toEqual([]);
  expect(kernel.inspect(), 'something stayed registered').toMatchObject({
    services: 0,
    hooks: 0,
    eventHandlers: 0,
    contributions: 0,
    consumers: 0,
    timers: 0,
    scopes: 0,
    outstandingEvents: 0,
  });
}

/** A logger that keeps every entry in `logs`. */
export function recordingLogger(
  logs: LogEntry[],
  bound: Readonly<Record<string, unknown>> = {},
): Logger {
  const write =
    (level: LogEntry['level']): Logger['info'] =>
    (fields, message) => {
      logs.push({ level, message, fields: { ...bound, ...fields } });
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => recordingLogger(logs, { ...bound, ...fields }),
  };
}
