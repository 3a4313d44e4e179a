import { loadConfig } from '../config/load.js';
import { redact } from '../config/redact.js';
import type { ConfigKey } from '../config/schema.js';
import type { Io } from '../output/io.js';
import { configFlags, type CommandOptions } from './options.js';

/** `objectos config print`: the effective configuration, without secrets, and where it came from. */
export async function configPrint(
  folder: string,
  options: CommandOptions,
  io: Io,
): Promise<number> {
  const flags = configFlags(options);
  const { config, origins } = await loadConfig({ folder, environment: io.environment, flags });
  const values = (Object.keys(origins) as ConfigKey[]).map((key) => ({
    key,
    value: redact(key, config[key]),
    from: origins[key],
  }));
  if (options.json === true) {
    const report = Object.fromEntries(values.map(({ key, value, from }) => [key, { value, from }]));
    io.stdout.write(`${JSON.stringify(report)}\n`);
    return 0;
  }
  for (const { key, value, from } of values) {
    io.stdout.write(
      `${key}: ${value === undefined ? '(none)' : JSON.stringify(value)}  # ${from}\n`,
    );
  }
  return 0;
}
