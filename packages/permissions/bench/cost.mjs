// What permission adds to a request, beside the same request by the system in the same run.
// `node packages/permissions/bench/cost.mjs engine [url] [records] [only] [--plans]`: engine level.
// `node packages/permissions/bench/cost.mjs http`: over HTTP, with sign-in.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '../../../bench/bundle.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-access-'));
const [, , what = 'engine', given = 'sqlite', ...rest] = process.argv;
const url = given === 'sqlite' ? `sqlite:${path.join(folder, 'bench.sqlite')}` : given;
const program = await bundle(new URL(`${what}-program.mjs`, import.meta.url));
try {
  const args = [...process.execArgv, program.file, url, ...rest];
  process.exitCode = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
} finally {
  program.remove();
  rmSync(folder, { recursive: true, force: true });
}
