// The test command of the README: builds, checks the repository's rules, runs every suite.
import { spawnSync } from 'node:child_process';
import { ensureServices } from './services.mjs';

process.env.TURBO_TELEMETRY_DISABLED = '1';
process.env.DO_NOT_TRACK = '1';

for (const line of await ensureServices()) console.log(line);

const filters = process.argv.slice(2);
const steps = [
  ['build', 'turbo', ['run', 'build', '--output-logs=errors-only']],
  ['repository rules', process.execPath, ['scripts/audit-spec-compliance.mjs']],
  ['tests', 'vitest', ['run', ...filters]],
];

for (const [title, command, args] of steps) {
  console.log(`\n== ${title}`);
  const { status, error } = spawnSync(command, args, { stdio: 'inherit' });
  if (error !== undefined || status !== 0) {
    console.error(`\n"${title}" failed${error === undefined ? '' : `: ${error.message}`}.`);
    process.exit(status ?? 1);
  }
}
