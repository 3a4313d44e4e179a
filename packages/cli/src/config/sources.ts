import { createError } from '@objectos/spec/errors';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import type { ConfigKey, PartialConfig } from './schema.js';

/** Names of the configuration file, in the order in which they are looked for. */
export const CONFIG_FILES = ['objectos.config.yml', 'objectos.config.yaml', 'objectos.config.json'];

/** Environment variables, and the keys they set. Earlier ones win. */
const VARIABLES: readonly (readonly [string, ConfigKey])[] = [
  ['OBJECTOS_PORT', 'port'],
  ['PORT', 'port'],
  ['OBJECTOS_HOST', 'host'],
  ['DATABASE_URL', 'database'],
  ['OBJECTOS_AUTO_MIGRATE', 'autoMigrate'],
  ['REDIS_URL', 'redis'],
  ['FILES_URL', 'files'],
  ['SMTP_URL', 'smtp'],
  ['OBJECTOS_DRAIN_DELAY', 'drainDelay'],
  ['OBJECTOS_LOG_LEVEL', 'logLevel'],
  ['OBJECTOS_LOG_FORMAT', 'logFormat'],
  ['SENTRY_DSN', 'errorTracking'],
  ['OBJECTOS_TRACING', 'tracing'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'tracingEndpoint'],
  ['OTEL_EXPORTER_OTLP_HEADERS', 'tracingHeaders'],
  ['OBJECTOS_TRACING_SHARE', 'tracingShare'],
  ['OBJECTOS_STARTUP_TOKEN', 'startupToken'],
  ['OBJECTOS_SECURITY', 'security'],
  ['OBJECTOS_SECRET', 'secret'],
  ['OBJECTOS_ENCRYPTION_KEYS', 'encryptionKeys'],
  ['OBJECTOS_SCAN_LIMIT', 'scanLimit'],
  ['OBJECTOS_TENANT_ISOLATION', 'tenancy'],
];

/** How the text of a variable becomes the value of its key, where it is not the value itself. */
const READ: Partial<Record<ConfigKey, (value: string) => unknown>> = {
  port: Number,
  drainDelay: Number,
  scanLimit: Number,
  tracingShare: Number,
  tenancy: (isolation) => ({ isolation }),
};

/** Values of one source, and its name for people. */
export interface ConfigSource {
  readonly name: string;
  readonly values: PartialConfig;
}

/** Reads the configuration file of a folder, if it has one. */
export async function readConfigFile(folder: string): Promise<ConfigSource | undefined> {
  for (const name of CONFIG_FILES) {
    const text = await readFile(path.join(folder, name), 'utf8').catch(absent);
    if (text === undefined) continue;
    const values: unknown = parseFile(name, text) ?? {};
    if (typeof values === 'object' && !Array.isArray(values)) return { name, values: values ?? {} };
    throw createError('config_invalid', {
      source: name,
      reason: 'it is no mapping of keys to values.',
    });
  }
  return undefined;
}

/** Reads the environment; `NAME_FILE` names a file that holds the value of `NAME`. */
export async function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ConfigSource> {
  const values: PartialConfig = {};
  for (const [variable, key] of VARIABLES) {
    if (key in values) continue;
    const value = environment[variable] ?? (await readSecret(variable, environment));
    if (value !== undefined && value !== '') values[key] = READ[key]?.(value) ?? value;
  }
  return { name: 'the environment', values };
}

async function readSecret(
  variable: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const file = environment[`${variable}_FILE`];
  if (file === undefined) return undefined;
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (cause) {
    const reason = `the file "${file}" cannot be read.`;
    throw createError('config_invalid', { source: `${variable}_FILE`, reason }, { cause });
  }
}

function parseFile(name: string, text: string): unknown {
  try {
    return parse(text, { maxAliasCount: 32 }) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'it cannot be parsed.';
    throw createError('config_invalid', { source: name, reason }, { cause });
  }
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
