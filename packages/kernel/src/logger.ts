import type { Logger } from '@objectos/spec/contracts';
import { reasonOf } from './errors.js';

type Fields = Readonly<Record<string, unknown>>;

/** Levels from the most talkative. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** A logger for plain consoles: one line per entry, its fields after it. */
export function createConsoleLogger(level: LogLevel = 'info', bound: Fields = {}): Logger {
  const write = (entryLevel: LogLevel) => (fields: Fields, message: string) => {
    if (LEVELS.indexOf(entryLevel) < LEVELS.indexOf(level)) return;
    console[entryLevel](message, { ...bound, ...fields });
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => createConsoleLogger(level, { ...bound, ...fields }),
  };
}

type LogMethod = (first: Fields | string, ...rest: readonly unknown[]) => void;

/** A logger that takes its arguments in either order, as manifest and ObjectStack plugins write them. */
export interface FlexibleLogger {
  debug: LogMethod;
  info: LogMethod;
  warn: LogMethod;
  error: LogMethod;
  child(fields: Fields): FlexibleLogger;
}

/** Lets `logger.info('message', fields)` and `logger.error('message', error, fields)` reach `logger`. */
export function flexibleLogger(logger: Logger): FlexibleLogger {
  const method =
    (level: LogLevel): LogMethod =>
    (first, ...rest) => {
      if (typeof first === 'string') logger[level](mergeFields(rest), first);
      else logger[level](first, reasonOf(rest[0] ?? ''));
    };
  return {
    debug: method('debug'),
    info: method('info'),
    warn: method('warn'),
    error: method('error'),
    child: (fields) => flexibleLogger(logger.child(fields)),
  };
}

function mergeFields(values: readonly unknown[]): Fields {
  const fields: Record<string, unknown> = {};
  for (const value of values) {
    if (value instanceof Error) fields['error'] = value;
    else if (typeof value === 'object' && value !== null) Object.assign(fields, value);
    else if (value !== undefined) fields['detail'] = value;
  }
  return fields;
}
