import { silentLogger } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import {
  formatPosition,
  formatProblems,
  sortProblems,
  type MetadataProblem,
  type MetadataSnapshot,
} from '@objectql/core';
import { readSources } from '@objectql/core/node';
import { metadataLoaderService } from '@objectql/core/plugin';
import { createApplication } from '../application.js';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import type { Io } from '../output/io.js';
import { configFlags, type CommandOptions } from './options.js';

/**
 * `objectos validate`: prints every problem of a folder. Plugins are set up, so that their objects are
 * known and their checks are made, and nothing is started; the database stays untouched.
 */
export async function validate(folder: string, options: CommandOptions, io: Io): Promise<number> {
  const flags = configFlags(options);
  const loaded = await loadConfig({ folder, environment: io.environment, flags });
  const files = (await readSources(loaded.config.metadata, { cwd: loaded.folder })).map(
    ({ file }) => file,
  );
  const { snapshot, problems } = await check(loaded);
  const notices = snapshot?.notices ?? [];
  const exitCode = problems.length === 0 ? 0 : 1;
  if (options.json === true) {
    const report = { files: files.length, problems, notices };
    io.stdout.write(`${JSON.stringify(report)}\n`);
    return exitCode;
  }
  for (const notice of notices) {
    io.stdout.write(`${formatPosition(notice.position)}  ${notice.message}\n`);
  }
  if (problems.length > 0) io.stderr.write(`${formatProblems(problems)}\n`);
  const own = new Set(files);
  const objects = [...(snapshot?.objects.values() ?? [])].filter(({ position }) =>
    own.has(position.file),
  );
  const counted = snapshot === undefined ? '' : `, ${countOf(objects.length, 'object')}`;
  io.stdout.write(`${countOf(files.length, 'file')}${counted}: ${count(problems.length)}\n`);
  return exitCode;
}

interface Checked {
  readonly snapshot?: MetadataSnapshot | undefined;
  readonly problems: readonly MetadataProblem[];
}

async function check(loaded: LoadedConfig): Promise<Checked> {
  const config = { ...loaded.config, redis: undefined, database: 'sqlite::memory:' };
  const apart = { ...loaded, config };
  const { kernel } = await createApplication(apart, silentLogger, { headless: true });
  await kernel.boot({ start: false });
  try {
    await kernel.idle();
    return { snapshot: await kernel.service(metadataLoaderService).check(), problems: [] };
  } catch (error) {
    if (!isObjectOSError(error, 'metadata_invalid')) throw error;
    return { problems: sortProblems(error.details['problems'] as readonly MetadataProblem[]) };
  } finally {
    await kernel.stop();
  }
}

function count(problems: number): string {
  return problems === 0 ? 'no problem' : countOf(problems, 'problem');
}

function countOf(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
