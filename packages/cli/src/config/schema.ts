import { z } from 'zod';

/** What the configuration file of an application may say. Unknown keys are refused by name. */
export const configSchema = z.strictObject({
  /** Port to listen on; 0 picks a free one. */
  port: z.int().min(0).max(65_535).default(3000),
  /** Address to listen on. Anything but loopback needs an authentication plugin. */
  host: z.string().min(1).default('127.0.0.1'),
  /** Database URL. Default: a SQLite file in the folder's `.objectos`. */
  database: z.string().min(1).optional().meta({ secret: true }),
  /** Metadata files, as globs relative to the folder. */
  metadata: z.array(z.string().min(1)).default(['**/*.{yml,yaml,json}', '!*.{yml,yaml,json}']),
  /** Plugins to load: files relative to the folder, or package names. */
  plugins: z.array(z.string().min(1)).default([]),
  /** Configuration of plugins, by plugin id. */
  pluginConfig: z.record(z.string(), z.unknown()).default({}),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** Start-up token instead of a random one; at least 32 characters. */
  startupToken: z.string().min(32).optional().meta({ secret: true }),
});

/** The configuration of an application, complete. */
export type Config = Readonly<z.output<typeof configSchema>> & { readonly database: string };

/** A key of the configuration. */
export type ConfigKey = keyof z.output<typeof configSchema>;

/** Values as one source gives them, before they are checked. */
export type PartialConfig = Partial<Record<ConfigKey, unknown>>;
