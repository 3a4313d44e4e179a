// What metrics and tracing add to a request: processor time of a server that answers the same requests
// without the plugin, with it, and with tracing on (a tenth of the traces, and all of them, to a
// collector that takes them). Each round takes a fresh process for each variant: one that is switched
// over and over is slower than any that a user runs, because its compiler has seen too many closures.
// Compared are the rounds beside each other, and told is the median with the quarters around it. Needs
// no build.
// Run: `node packages/metrics/bench/request.mjs [rounds]`; `--write` writes the section of
// docs/benchmarks.md.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../../bench/bundle.mjs';

const cwd = fileURLToPath(new URL('../../..', import.meta.url));
const program = await bundle(new URL('request-program.mjs', import.meta.url));
try {
  const args = [...process.execArgv, program.file, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { cwd, stdio: 'inherit' }).status ?? 1;
} finally {
  program.remove();
}
