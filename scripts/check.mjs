// What CI asks beside the tests: format, build, types, lint and the repository's rules.
// Linting with types takes about as long as the rest together and uses one core, so it runs beside it.
import { spawn } from 'node:child_process';

const LANES = [
  [['lint', 'eslint . --max-warnings 0']],
  [
    ['format', 'prettier --check .'],
    ['build', 'turbo run build --output-logs=errors-only --concurrency=2'],
    ['types', 'tsc -p tsconfig.json --noEmit'],
    ['repository rules', 'node scripts/audit-spec-compliance.mjs'],
  ],
];

process.env.TURBO_TELEMETRY_DISABLED = '1';
process.env.DO_NOT_TRACK = '1';

const failed = (await Promise.all(LANES.map(runLane))).flat();
if (failed.length > 0) console.error(`\nFailed: ${failed.join(', ')}.`);
process.exitCode = failed.length > 0 ? 1 : 0;

/** The steps of a lane, one after the other; all are run, so that one run tells of every problem. */
async function runLane(steps) {
  const failures = [];
  for (const [title, command] of steps) {
    const started = performance.now();
    const { code, output } = await run(command);
    const seconds = ((performance.now() - started) / 1000).toFixed(0);
    console.log(`== ${title}: ${code === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
    if (code === 0) continue;
    console.log(output);
    failures.push(title);
  }
  return failures;
}

/** What a command prints is kept until it ends, so that two at a time do not mix their lines. */
function run(command) {
  const [program, ...args] = command.split(' ');
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.once('error', (error) => resolve({ code: 1, output: `${output}${error.message}\n` }));
    child.once('close', (code) => resolve({ code, output }));
  });
}
