// What metrics and tracing add to a request: processor time of a server that answers the same requests
// without the plugin, with it, and with tracing on (a tenth of the traces, and all of them, to a
// collector that takes them). Each round starts a process for each variant, because two processes with
// the same code differ by several per cent, and asks them in turns once their code is compiled, because
// the machine is quicker at one time than at another. One process that is switched over and over would
// be slower than any that a user runs: its compiler has seen too many closures. Needs no build.
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
