import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { configSchema, type Config, type ConfigKey, type PartialConfig } from './schema.js';
import { readConfigFile, readEnvironment, type ConfigSource } from './sources.js';

/** A configuration, and where each of its values came from. */
export interface LoadedConfig {
  /** Absolute path of the application's folder. */
  readonly folder: string;
  readonly config: Config;
  /** `NODE_ENV=production`: nothing is made up that must be secret. */
  readonly production: boolean;
  readonly origins: Readonly<Record<ConfigKey, string>>;
}

/** What {@link loadConfig} reads. */
export interface ConfigInput {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: PartialConfig;
}

const KEYS = Object.keys(configSchema.shape) as ConfigKey[];

/**
 * Loads the configuration: defaults, then the file, then the environment, then flags; later wins.
 *
 * @throws `folder_not_found`, `config_invalid`
 */
export async function loadConfig({
  folder,
  environment,
  flags,
}: ConfigInput): Promise<LoadedConfig> {
  const absolute = path.resolve(folder);
  const found = await stat(absolute).catch(() => undefined);
  if (found?.isDirectory() !== true) throw createError('folder_not_found', { folder });
  const file = await readConfigFile(absolute);
  const sources: ConfigSource[] = [
    ...(file === undefined ? [] : [file]),
    await readEnvironment(environment),
    { name: 'the command line', values: flags },
  ];
  refuseFaults(sources);
  const merged: PartialConfig = {};
  const origins = Object.fromEntries(KEYS.map((key) => [key, 'the default'])) as Record<
    ConfigKey,
    string
  >;
  for (const source of sources) {
    for (const [key, value] of Object.entries(source.values)) {
      if (value === undefined || !isKey(key)) continue;
      merged[key] = value;
      origins[key] = source.name;
    }
  }
  const config = configSchema.parse(merged);
  checkTogether(config, origins);
  const database = config.database ?? `sqlite:${path.join(absolute, '.objectos', 'data.sqlite')}`;
  const production = environment['NODE_ENV'] === 'production';
  return { folder: absolute, config: Object.freeze({ ...config, database }), production, origins };
}

function isKey(key: string): key is ConfigKey {
  return Object.hasOwn(configSchema.shape, key);
}

/** All that is wrong with the first source that has faults: they are corrected in one place together. */
function refuseFaults(sources: readonly ConfigSource[]): void {
  for (const { name, values } of sources) {
    const faults = Object.entries(values).flatMap(([key, value]) => faultsOf(key, value));
    if (faults.length > 0)
      throw createError('config_invalid', { source: name, reason: faults.join(' ') });
  }
}

function faultsOf(key: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (!isKey(key)) {
    const near = suggest(key, KEYS);
    return [`"${key}" is not a key.${near === undefined ? '' : ` Did you mean "${near}"?`}`];
  }
  const result = configSchema.shape[key].safeParse(value);
  const issues = result.success ? [] : result.error.issues;
  return issues.map(({ path: inner, message }) => `"${[key, ...inner].join('.')}": ${message}.`);
}

/** A start-up token beside sign-in would be a token that opens nothing, and is in no organization. */
function checkTogether(
  { security, startupToken, tenancy }: z.output<typeof configSchema>,
  origins: Readonly<Record<ConfigKey, string>>,
): void {
  if (tenancy.isolation === 'schema' && security === 'startup-token') {
    const reason =
      '"tenancy.isolation: schema" needs "security: sign-in": only people who sign in are in an organization.';
    throw createError('config_invalid', { source: origins.tenancy, reason });
  }
  if (startupToken === undefined || security === 'startup-token') return;
  const reason = '"startupToken" needs "security: startup-token" (OBJECTOS_SECURITY).';
  throw createError('config_invalid', { source: origins.startupToken, reason });
}
