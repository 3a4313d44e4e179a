import { createLogger as createStructuredLogger, type LogLevel } from '@objectos/metrics/logger';
import type { ExecutionContext, Logger } from '@objectos/spec/contracts';
import type { Io } from './io.js';

/** How log lines are written. */
export interface LoggerOptions {
  readonly io: Io;
  readonly level: LogLevel;
  /** `auto`: lines for people on a terminal, otherwise JSON. */
  readonly format: 'auto' | 'json' | 'line';
  /** The context of what runs now. */
  readonly context?: (() => ExecutionContext | undefined) | undefined;
}

/** A logger on the error stream. */
export function createLogger({ io, level, format, context }: LoggerOptions): Logger {
  const isTerminal = io.stderr.isTTY === true;
  return createStructuredLogger({
    destination: io.stderr,
    level,
    format: format === 'auto' ? (isTerminal ? 'line' : 'json') : format,
    colour: isTerminal && io.environment['NO_COLOR'] === undefined,
    context,
  });
}
