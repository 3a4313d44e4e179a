// Starts PostgreSQL and Redis where the machine has them and they do not run yet, and says what it
// found. Tests that need one skip loudly without it.
import { spawnSync } from 'node:child_process';
import { readdirSync, existsSync } from 'node:fs';
import net from 'node:net';

const SERVICES = [
  { name: 'PostgreSQL', port: 5432, start: startPostgres },
  { name: 'Redis', port: 6379, start: startRedis },
];

/** Makes the services answer where possible; returns one line per service. */
export async function ensureServices() {
  const lines = [];
  for (const { name, port, start } of SERVICES) {
    if (await answers(port)) lines.push(`${name}: running`);
    else if (start() && (await answersSoon(port))) lines.push(`${name}: started`);
    else lines.push(`${name}: NOT AVAILABLE - what needs it is skipped`);
  }
  return lines;
}

function startPostgres() {
  const root = '/etc/postgresql';
  const version = existsSync(root) ? readdirSync(root).sort().at(-1) : undefined;
  return (
    version !== undefined &&
    run('pg_ctlcluster', ['--skip-systemctl-redirect', version, 'main', 'start'])
  );
}

function startRedis() {
  return run('redis-server', [
    '--daemonize',
    'yes',
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
  ]);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: 'ignore', timeout: 30_000 });
  return error === undefined && status === 0;
}

async function answersSoon(port) {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    if (await answers(port)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port });
    socket.setTimeout(1_000);
    const end = (up) => {
      socket.destroy();
      resolve(up);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });
}
