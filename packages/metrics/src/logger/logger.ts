import type { ExecutionContext, Logger } from '@objectos/spec/contracts';
import { pino, stdTimeFunctions, type Logger as PinoLogger } from 'pino';
import { formatLine } from './line.js';
import { redactFields, redactText } from './redact.js';

/** Levels from the most talkative. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** How a log is written. */
export interface LoggerOptions {
  /** Where the lines go, each with its line break. */
  readonly destination: { write(line: string): unknown };
  readonly level: LogLevel;
  /** `json` for machines, `line` for people. */
  readonly format: 'json' | 'line';
  /** Whether a line for people may be coloured. Default false. */
  readonly colour?: boolean | undefined;
  /** The context of what runs now: its request, tenant, user and trace are added to each line. */
  readonly context?: (() => ExecutionContext | undefined) | undefined;
}

/**
 * Makes a structured logger. No secret gets into the log: fields with the name of one, headers,
 * passwords in URLs and tokens in texts are hidden.
 *
 * @example
 * const logger = createLogger({ destination: process.stderr, level: 'info', format: 'json' });
 * logger.info({ invoice: 'INV-7' }, 'sent');
 */
export function createLogger(options: LoggerOptions): Logger {
  const { destination, level, format, colour = false, context } = options;
  const write =
    format === 'json'
      ? (line: string) => void destination.write(line)
      : (line: string) => void destination.write(formatLine(line, colour));
  const root = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      ...(context === undefined ? {} : { mixin: () => fieldsOf(context()) }),
      // What a line says itself counts more than what is around it.
      mixinMergeStrategy: (own, around) => ({ ...around, ...own }),
      formatters: {
        level: (label) => ({ level: label }),
        log: redactFields,
      },
      hooks: {
        logMethod([fields, message, ...rest], method) {
          const text = typeof message === 'string' ? redactText(message) : message;
          method.apply(this, [fields, text, ...rest]);
        },
      },
    },
    { write },
  );
  return wrap(root);
}

/** Of the fields of child loggers pino shows nothing to its formatters. */
function wrap(logger: PinoLogger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(redactFields(fields))),
  };
}

function fieldsOf(context: ExecutionContext | undefined): object {
  if (context === undefined) return {};
  const { principal, requestId, trace } = context;
  return {
    requestId,
    tenantId: principal.tenantId ?? undefined,
    userId: principal.id,
    traceId: trace?.traceId,
  };
}
