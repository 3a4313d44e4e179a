import type { Logger } from '@objectos/spec/contracts';
import type { Io } from './io.js';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
const COLOURS = { debug: 90, info: 36, warn: 33, error: 31 } as const;

/** How log lines are written. */
export interface LoggerOptions {
  readonly io: Io;
  readonly level: (typeof LEVELS)[number];
  readonly json: boolean;
}

/** A logger on the error stream: lines for people, or JSON for machines. */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.json ? writeJson : writeLine;
  return withFields({}, (level, fields, message) => {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(options.level)) return;
    options.io.stderr.write(`${write({ level, fields, message, options })}\n`);
  });
}

type Level = (typeof LEVELS)[number];
type Fields = Readonly<Record<string, unknown>>;
type Sink = (level: Level, fields: Fields, message: string) => void;

interface Line {
  readonly level: Level;
  readonly fields: Fields;
  readonly message: string;
  readonly options: LoggerOptions;
}

function withFields(base: Fields, sink: Sink): Logger {
  const at = (level: Level) => (fields: Fields, message: string) =>
    sink(level, { ...base, ...fields }, message);
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => withFields({ ...base, ...fields }, sink),
  };
}

function writeJson({ level, fields, message }: Line): string {
  return JSON.stringify({ level, time: new Date().toISOString(), ...plain(fields), msg: message });
}

function writeLine({ level, fields, message, options }: Line): string {
  const { io } = options;
  const colour = io.stderr.isTTY === true && io.environment['NO_COLOR'] === undefined;
  const name = colour ? `\u001b[${COLOURS[level]}m${level}\u001b[0m` : level;
  const rest = Object.entries(plain(fields)).map(([key, value]) => `${key}=${inline(value)}`);
  return [name.padEnd(colour ? 14 : 5), message, ...rest].join(' ');
}

function plain(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [
      key,
      value instanceof Error ? describe(value) : value,
    ]),
  );
}

function describe(error: Error): Record<string, unknown> {
  const cause = error.cause instanceof Error ? { cause: describe(error.cause) } : {};
  return { name: error.name, message: error.message, stack: error.stack, ...cause };
}

function inline(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
