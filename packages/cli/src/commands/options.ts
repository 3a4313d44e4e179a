import type { ContextCarrier, Logger, SystemPlace } from '@objectos/spec/contracts';
import type { LoadedConfig } from '../config/load.js';
import type { PartialConfig } from '../config/schema.js';
import type { Io } from '../output/io.js';
import { createLogger } from '../output/logger.js';

/** Flags that every command takes. */
export interface CommandOptions {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly database?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly json?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  /** Of `verify derived`. */
  readonly repair?: boolean | undefined;
  /** Of `export` and `import`: whose records. */
  readonly organization?: string | undefined;
}

/** The flags that set configuration. */
export function configFlags({ port, host, database, logLevel }: CommandOptions): PartialConfig {
  return { port, host, database, logLevel };
}

/** Whose records a command moves: without an organization those of all, `none` for what has none. */
export function placeOf({ organization }: CommandOptions): SystemPlace {
  if (organization === undefined) return {};
  return organization === 'none' ? { installation: true } : { tenantId: organization };
}

/** What a command's log is for. */
export interface LogTarget {
  readonly io: Io;
  readonly carrier?: ContextCarrier | undefined;
  /** The log of a server, which is kept when nobody watches. */
  readonly serves?: boolean | undefined;
}

/** How a command logs: quietly for people, whom its own output tells what they need. */
export function loggerOf(
  { config, origins }: LoadedConfig,
  { verbose, json }: CommandOptions,
  { io, carrier, serves = false }: LogTarget,
): Logger {
  const forPeople = !serves || io.stderr.isTTY === true;
  const quiet = origins.logLevel === 'the default' && verbose !== true && forPeople;
  const level = quiet ? 'warn' : config.logLevel;
  const format = json === true ? 'json' : config.logFormat;
  return createLogger({ io, level, format, context: carrier && (() => carrier.current()) });
}
