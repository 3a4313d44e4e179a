import {
  buildSnapshot,
  formatPosition,
  formatProblems,
  parseSource,
  sortProblems,
} from '@objectql/core';
import { readSources } from '@objectql/core/node';
import { loadConfig } from '../config/load.js';
import type { Io } from '../output/io.js';
import { configFlags, type CommandOptions } from './options.js';

/** `objectos validate`: prints every problem of a folder; opens no database. */
export async function validate(folder: string, options: CommandOptions, io: Io): Promise<number> {
  const flags = configFlags(options);
  const { config, folder: cwd } = await loadConfig({ folder, environment: io.environment, flags });
  const sources = (await readSources(config.metadata, { cwd })).map(parseSource);
  const { problems, notices, snapshot } = buildSnapshot([{ name: 'app', sources }]);
  const exitCode = problems.length === 0 ? 0 : 1;
  if (options.json === true) {
    const report = { files: sources.length, problems: sortProblems(problems), notices };
    io.stdout.write(`${JSON.stringify(report)}\n`);
    return exitCode;
  }
  for (const notice of notices) {
    io.stdout.write(`${formatPosition(notice.position)}  ${notice.message}\n`);
  }
  if (problems.length > 0) io.stderr.write(`${formatProblems(problems)}\n`);
  const objects = snapshot === undefined ? '' : `, ${snapshot.objects.size} objects`;
  io.stdout.write(`${sources.length} files${objects}: ${count(problems.length)}\n`);
  return exitCode;
}

function count(problems: number): string {
  if (problems === 0) return 'no problem';
  return problems === 1 ? '1 problem' : `${problems} problems`;
}
