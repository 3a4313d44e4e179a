import type { LoadedConfig } from '../config/load.js';
import type { PartialConfig } from '../config/schema.js';

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
}

/** The flags that set configuration. */
export function configFlags({ port, host, database, logLevel }: CommandOptions): PartialConfig {
  return { port, host, database, logLevel };
}

/** Commands are quiet for people, whom their own output tells what they need. */
export function logLevelOf(
  { config, origins }: LoadedConfig,
  { verbose }: CommandOptions,
): LoadedConfig['config']['logLevel'] {
  return origins.logLevel === 'the default' && verbose !== true ? 'warn' : config.logLevel;
}
