// What the benchmarks share: starting the built server, and asking the system what a process used.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import process from 'node:process';

/** The start-up token of benchmarked servers. */
export const token = 'bench-token-0123456789abcdef0123456789abcdef';

const children = [];

/** Starts a program and waits for the line of JSON that tells its URL. */
export async function startProgram(args, env = {}) {
  const begin = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      OBJECTOS_SECURITY: 'startup-token',
      OBJECTOS_STARTUP_TOKEN: token,
      ...env,
    },
  });
  children.push(child);
  const { url } = await firstJson(child, (message) => typeof message.url === 'string');
  return { child, url, begin };
}

/** Starts `objectos start` on a folder and a database URL, and waits for the answer to one request. */
export async function startObjectOS(folder, database, target) {
  const server = await startProgram([
    'packages/cli/bin/objectos.js',
    'start',
    folder,
    ...['--port', '0', '--database', database, '--json'],
  ]);
  await ready(server);
  const answer = await request(server.url, target);
  if (!answer.ok) throw new Error(`the first request answered ${answer.status}`);
  await answer.text();
  const milliseconds = Math.round(performance.now() - server.begin);
  return { ...server, milliseconds, cpuMilliseconds: cpuMicroseconds(server.child.pid) / 1000 };
}

/** A server listens before its plugins have started; sample data is one's start. */
async function ready({ url, child }) {
  while (child.exitCode === null && !(await fetch(`${url}/readyz`)).ok) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A request as the system. */
export function request(url, target, init = {}) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return fetch(url + target, { ...init, headers });
}

/** Ends a server as an operator does. */
export async function stop({ child }) {
  child.kill('SIGTERM');
  await new Promise((resolve) =>
    child.exitCode === null ? child.once('exit', resolve) : resolve(),
  );
}

/** Ends whatever is still running. */
export function killAll() {
  for (const child of children) child.kill('SIGKILL');
}

/** CPU time of a process, of all its threads. Where the system does not tell (not Linux), no number. */
export function cpuMicroseconds(pid) {
  if (process.platform !== 'linux') return Number.NaN;
  const folder = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(folder).map((thread) => {
    try {
      return Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ', 1)[0]);
    } catch {
      // It ended between the two looks.
      return 0;
    }
  });
  return nanoseconds.reduce((sum, one) => sum + one, 0) / 1000;
}

/** Memory of a process. Where the system does not tell (not Linux), no number. */
export function residentMegabytes(pid) {
  if (process.platform !== 'linux') return Number.NaN;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024);
}

/** The middle one of several measurements. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** `--name value` of the command line. */
export function option(name) {
  const index = process.argv.indexOf(name);
  return index === -1 ? undefined : process.argv[index + 1];
}

/** The first line of JSON on the standard output that is wanted. */
export function firstJson(child, wanted) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', (code) =>
      reject(new Error(`the server ended with ${code} before it listened`)),
    );
    child.stdout.on('data', (chunk) => {
      text += chunk;
      for (const line of text.split('\n').slice(0, -1)) {
        const message = parse(line);
        if (message !== undefined && wanted(message)) resolve(message);
      }
    });
  });
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
