// Starts PostgreSQL and Redis where the machine has them and they do not run yet, looks for OpenLDAP
// and OpenStack Swift, and says what it found. Tests that need one skip loudly without it. In CI, as root on Debian, what
// is missing is installed first.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync, existsSync } from 'node:fs';
import net from 'node:net';

const SERVICES = [
  {
    name: 'PostgreSQL',
    url: 'TEST_DATABASE_URL',
    port: 5432,
    debian: 'postgresql',
    installed: () => existsSync('/usr/lib/postgresql'),
    start: startPostgres,
  },
  {
    name: 'Redis',
    url: 'TEST_REDIS_URL',
    port: 6379,
    debian: 'redis-server',
    installed: () => run('redis-server', ['--version']),
    start: startRedis,
  },
];
/** Programs that tests start by themselves. */
const PROGRAMS = [
  {
    name: 'OpenLDAP',
    debian: 'slapd',
    installed: () => existsSync('/usr/sbin/slapd'),
  },
  {
    name: 'OpenStack Swift',
    // Its servers without the daemons that Debian would start; a test runs them in one process.
    debian: 'python3-swift',
    installed: () => existsSync('/usr/lib/python3/dist-packages/swift'),
  },
];
/** The role and the database of the tests, where the server does not let the tests in without. */
const TEST_NAME = 'objectos_test';

/** Makes the services answer where possible; returns one line per service. */
export async function ensureServices() {
  const lines = [];
  for (const { name, url, port, debian, installed, start } of SERVICES) {
    const given = process.env[url] !== undefined;
    if (given) lines.push(`${name}: from ${url}`);
    else if (await answers(port)) lines.push(`${name}: running`);
    else if (!installed() && !install(debian)) lines.push(missing(name, 'not installed'));
    else if ((await answersSoon(port, 10)) || (start() && (await answersSoon(port, 100)))) {
      lines.push(`${name}: started`);
    } else lines.push(missing(name, 'it does not start'));
  }
  for (const { name, debian, installed } of PROGRAMS) {
    const isThere = installed() || (install(debian) && installed());
    lines.push(isThere ? `${name}: installed` : missing(name, 'not installed'));
  }
  if (process.env.TEST_DATABASE_URL === undefined && (await answers(5432))) {
    lines.push(`PostgreSQL: ${openPostgres()}`);
  }
  return lines;
}

function missing(name, reason) {
  return `${name}: NOT AVAILABLE (${reason}) - WHAT NEEDS IT IS SKIPPED`;
}

/** Whether this run has asked which packages there are. */
let isListFresh = false;

/** Installs a Debian package, which a developer's machine must not be surprised with. */
function install(name) {
  const allowed = process.env.CI === 'true' && process.getuid?.() === 0;
  if (!allowed || !existsSync('/etc/debian_version')) return false;
  console.log(`installing ${name} ...`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { stdio: 'ignore', timeout: 300_000, env };
  if (!isListFresh) spawnSync('apt-get', ['update', '-q'], options);
  isListFresh = true;
  // A machine that breaks down in the middle of this is made anew, not mended.
  const quick = ['-o', 'Dpkg::Options::=--force-unsafe-io'];
  const command = ['install', '-y', '-q', '--no-install-recommends', ...quick, name];
  return spawnSync('apt-get', command, options).status === 0;
}

/** Lets the tests in: as they are, or with a role and a database that are made for them. */
function openPostgres() {
  const local = 'postgres://postgres@127.0.0.1:5432/postgres';
  if (run('psql', ['--no-password', local, '-c', 'SELECT 1'])) return 'open to the tests';
  if (process.getuid?.() !== 0) return 'lets no test in; set TEST_DATABASE_URL';
  const password = randomBytes(12).toString('hex');
  const sql = (text) => run('su', ['postgres', '-c', `psql -c "${text}"`]);
  sql(`CREATE ROLE ${TEST_NAME} SUPERUSER LOGIN`);
  sql(`CREATE DATABASE ${TEST_NAME} OWNER ${TEST_NAME} ENCODING 'UTF8' TEMPLATE template0`);
  if (!sql(`ALTER ROLE ${TEST_NAME} PASSWORD '${password}'`)) return 'lets no test in';
  process.env.TEST_DATABASE_URL = `postgres://${TEST_NAME}:${password}@127.0.0.1:5432/${TEST_NAME}`;
  return `open to the tests as ${TEST_NAME}`;
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

async function answersSoon(port, attempts) {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
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
