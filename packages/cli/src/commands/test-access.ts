import { buildSnapshot, parseSource, type SourceFile } from '@objectql/core';
import { readSources } from '@objectql/core/node';
import { createError } from '@objectos/spec/errors';
import { readAccessFiles, type AccessFile } from '../access/cases.js';
import { describeCase, judge } from '../access/judge.js';
import { MATRIX_FILE, compareMatrix, writeMatrix } from '../access/matrix.js';
import { SURFACES, runCase, type CaseResult } from '../access/run-case.js';
import { openWorld } from '../access/world.js';
import { resolvePlugin } from '../application.js';
import { loadConfig, type LoadedConfig } from '../config/load.js';
import type { Io } from '../output/io.js';
import { configFlags, type CommandOptions } from './options.js';

/** Flags of `objectos test:access`. */
export interface TestAccessOptions extends CommandOptions {
  /** Write the access matrix instead of running cases. */
  readonly matrix?: boolean | undefined;
  /** A folder with changed metadata files: which cases would end otherwise. */
  readonly rehearse?: string | undefined;
}

/**
 * `objectos test:access`: runs the `*.access.yml` cases of a folder on the engine and over REST, and
 * holds its access matrix, if there is one, against the metadata.
 */
export async function testAccess(
  folder: string,
  options: TestAccessOptions,
  io: Io,
): Promise<number> {
  const flags = configFlags(options);
  const loaded = await loadConfig({ folder, environment: io.environment, flags });
  if (options.matrix === true) return matrix(loaded, io);
  const files = await readAccessFiles(loaded.folder);
  if (options.rehearse !== undefined) return rehearse(loaded, files, options.rehearse, io);
  return runAll(loaded, files, io);
}

async function runAll(loaded: LoadedConfig, files: readonly AccessFile[], io: Io): Promise<number> {
  let failures = 0;
  let passed = 0;
  for (const file of files) {
    for (const surface of SURFACES) {
      const results = await runFile(loaded, file, { io, surface, overlay: [] });
      for (const [at, one] of file.cases.entries()) {
        const problems = judge(one, results[at] as CaseResult, file);
        if (problems.length === 0) passed += 1;
        else {
          failures += 1;
          io.stderr.write(
            `${file.file} case ${at + 1}, ${surface}: ${describeCase(one)}: ${problems.join('; ')}\n`,
          );
        }
      }
    }
  }
  const differences = (await compareMatrix(loaded.folder, await snapshotOf(loaded))) ?? [];
  for (const line of differences) io.stderr.write(`${MATRIX_FILE}: ${line}\n`);
  if (differences.length > 0) {
    io.stderr.write(
      'Is this meant? Then run "objectos test:access --matrix" and commit the file.\n',
    );
  }
  const matrixText =
    differences.length > 0 ? `, ${differences.length} differences of the matrix` : '';
  io.stdout.write(
    `${passed} passed, ${failures} failed, on ${SURFACES.join(' and ')}${matrixText}\n`,
  );
  return failures + differences.length > 0 ? 1 : 0;
}

/** Runs the cases with and without the proposal, and tells which end otherwise. Changes nothing. */
async function rehearse(
  loaded: LoadedConfig,
  files: readonly AccessFile[],
  proposal: string,
  io: Io,
): Promise<number> {
  const overlay = await readSources(['**/*.{yml,yaml,json}'], { cwd: proposal });
  let flips = 0;
  for (const file of files) {
    const before = await runFile(loaded, file, { io, surface: 'engine', overlay: [] });
    const after = await runFile(loaded, file, { io, surface: 'engine', overlay });
    for (const [at, one] of file.cases.entries()) {
      const [was, becomes] = [summary(before[at]), summary(after[at])];
      if (was === becomes) continue;
      flips += 1;
      io.stdout.write(`${file.file} case ${at + 1}: ${describeCase(one)}: ${was} -> ${becomes}\n`);
    }
  }
  io.stdout.write(
    flips === 0 ? 'No case ends otherwise.\n' : `${flips} cases would end otherwise.\n`,
  );
  return 0;
}

async function runFile(
  loaded: LoadedConfig,
  file: AccessFile,
  {
    io,
    surface,
    overlay,
  }: { io: Io; surface: (typeof SURFACES)[number]; overlay: readonly SourceFile[] },
): Promise<CaseResult[]> {
  const pluginFiles = loaded.config.plugins.map((name) => resolvePlugin(loaded.folder, name));
  const world = await openWorld(loaded, file, { io, pluginFiles, overlay });
  try {
    const results: CaseResult[] = [];
    for (const one of file.cases) results.push(await runCase(world, one, surface));
    return results;
  } finally {
    await world.stop();
  }
}

async function matrix(loaded: LoadedConfig, io: Io): Promise<number> {
  const file = await writeMatrix(loaded.folder, await snapshotOf(loaded));
  io.stdout.write(`The access matrix is in ${file}.\n`);
  return 0;
}

async function snapshotOf({ folder, config }: LoadedConfig) {
  const sources = (await readSources(config.metadata, { cwd: folder })).map(parseSource);
  const { snapshot, problems } = buildSnapshot([{ name: 'app', sources }]);
  if (snapshot !== undefined) return snapshot;
  const first = problems[0]?.message ?? '';
  throw createError(
    'metadata_invalid',
    { count: problems.length, first },
    { details: { problems } },
  );
}

/** Outcome, rows and fields: what a rehearsal compares. */
function summary(result: CaseResult | undefined): string {
  if (result === undefined) return '';
  const { outcome, code, records } = result;
  if (outcome !== 'allowed') return code === undefined ? outcome : `${outcome} (${code})`;
  const fields = new Set(records.flatMap((record) => Object.keys(record)));
  return `${outcome}, ${records.length} rows, ${fields.size} fields`;
}
