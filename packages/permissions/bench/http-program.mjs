// Over HTTP: one server that knows users by their session or key and asks what they may do, and takes
// one more token for the system's. Load goes to each by short turns; what counts is the processor time
// that a request costs the server in the quieter quarter of the turns, which other programs on the
// machine hardly change, and the middle of the ratios of turns beside each other.
// `--only get` measures some, `--rounds 40 --requests 500` change the effort, `--records 100000` the
// size, `--database <file>` keeps what was filled in (SQLite) for the next run, `--write` writes the section
// of docs/benchmarks.md.
import autocannon from 'autocannon';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { authPlugin } from '@objectos/auth';
import { serverPlugin } from '@objectos/plugin-server';
import {
  authenticatorService,
  httpServerService,
  signInStatusService,
} from '@objectos/spec/contracts';
import { conditions, SERVER_PAGE, writeSection } from '../../../bench/report.mjs';
import { cpuMicroseconds, firstJson, option } from '../../../bench/servers.mjs';
import { files, insert, median, rows } from './application.mjs';
import { createTestlessKernel } from './kernel.mjs';
import { analyze } from './plans.mjs';

const RECORDS = Number(option('--records') ?? 100_000);
const ROUNDS = Number(option('--rounds') ?? 40);
const REQUESTS = Number(option('--requests') ?? 500);
const WARM_UP = 4;
const PASSWORD = 'four random words here';
const TOKEN = 'bench-token-0123456789abcdef0123456789abcdef';
const BODY = { 'content-type': 'application/json' };

/** Who asks: the system, and a user by each credential. */
const SIDES = ['system', 'bearer', 'cookie', 'key'];

const [, , first, second] = process.argv;
if (first === '--prepare') await prepare(second);
else if (first === '--serve') await serve(second);
else await compareAll(first);

async function boot(url) {
  const auth = { secret: 'bench-secret-4f9a1c7e2b8d6053-ab19', verifyEmail: false };
  // What is measured is permission; a benchmark is what rate limits are there to stop.
  const rateLimits = { address: false, principal: false, tenant: false };
  return createTestlessKernel(url, files(), {
    plugins: [authWithSystem(authPlugin), serverPlugin],
    config: { '@objectos/auth': auth, '@objectos/plugin-server': { port: 0, rateLimits } },
  });
}

/** Sign-in as it is, and before it a look for the one token that is the system's. */
function authWithSystem(plugin) {
  const bearer = `Bearer ${TOKEN}`;
  const principal = { kind: 'system', id: 'bench', tenantId: null };
  const extended = (authenticator) => ({
    ...authenticator,
    authenticate: (request) =>
      request.headers.authorization === bearer ? principal : authenticator.authenticate(request),
  });
  const setup = (ctx, deps) => {
    const provide = (ref, service) =>
      ctx.provide(ref, ref === authenticatorService ? extended(service) : service);
    return plugin.setup(Object.create(ctx, { provide: { value: provide } }), deps);
  };
  return { ...plugin, setup };
}

async function serve(url) {
  const app = await boot(url);
  console.log(JSON.stringify({ url: app.kernel.service(httpServerService).url }));
  process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
}

/** Users, roles and records; tells the tokens. */
async function prepare(url) {
  const app = await boot(url);
  const base = app.kernel.service(httpServerService).url;
  const post = async (path, body, token) => {
    const headers = {
      ...BODY,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const answer = await fetch(base + path, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    const [cookie] = (answer.headers.get('set-cookie') ?? '').split(';');
    return { ...(await answer.json()), cookie };
  };
  const setup = new URL(app.kernel.service(signInStatusService).setupPath(), base);
  const root = { name: 'Root', email: 'root@example.com', password: PASSWORD };
  await post('/setup', { ...root, token: setup.searchParams.get('token') });
  const signIn = (email) => post('/api/auth/sign-in/email', { email, password: PASSWORD });
  const admin = (await signIn(root.email)).data.token;
  const users = {};
  for (const name of ['seller', 'lead', 'sharer', 'member']) {
    const email = `${name}@example.com`;
    const role = name === 'lead' ? 'lead' : 'rep';
    const made = await post(
      '/api/auth/admin/create-user',
      { name, email, password: PASSWORD, role, data: { emailVerified: true } },
      admin,
    );
    const { data, cookie } = await signIn(email);
    const key = (await post('/api/auth/api-keys', { name: 'bench' }, data.token)).data.key;
    const bearer = { authorization: `Bearer ${data.token}` };
    users[name] = { id: made.user.id, bearer, cookie: { cookie }, key: { 'x-api-key': key } };
  }
  const system = app.systemContext('bench');
  const { engine } = app;
  const team = Array.from({ length: 7 }, (_, at) => `team-${at}`);
  const data = rows(RECORDS, (at) =>
    at % 2000 === 0 ? users.seller.id : at % 10 === 1 ? team[at % 7] : `user-${at % 200}`,
  );
  // Owners that are no users: names of people who left.
  await insert(engine, 'user', owners(team), system);
  await insert(engine, 'open', data, system);
  await insert(engine, 'closed', data, system);
  const below = team.map((id) => ({ user_id: id, role: 'rep' }));
  await insert(engine, 'role_assignment', below, system);
  const shares = Array.from({ length: 20_500 }, (_, at) => ({
    object: 'closed',
    record_id: `rec-${String((at * 37) % RECORDS).padStart(7, '0')}`,
    grantee: granteeOf(at, users),
    access_level: 'read',
  }));
  await insert(engine, 'record_share', shares, system);
  await analyze(url);
  await app.stop();
  console.log(JSON.stringify({ url, users }));
}

/** 100 are shared with one, 500 with another, and the rest with people who left. */
function granteeOf(at, { sharer, member }) {
  if (at < 100) return `user:${sharer.id}`;
  return at < 600 ? `user:${member.id}` : `user:user-${at % 200}`;
}

function owners(team) {
  const ids = [...team, ...Array.from({ length: 200 }, (_, at) => `user-${at}`)];
  return ids.map((id) => ({ id, name: id, email: `${id}@example.com` }));
}

async function compareAll(given) {
  const kept = option('--database');
  const url = kept === undefined ? given : `sqlite:${kept}`;
  const users = await filled(url, kept);
  const server = run('--serve', url);
  const only = option('--only') ?? '';
  try {
    const table = [];
    for (const scenario of scenarios().filter(({ name }) => name.includes(only)))
      table.push(await compare(scenario, server, users));
    console.table(table);
    if (process.argv.includes('--write')) writeTable(url, table);
  } finally {
    server.child.kill('SIGTERM');
  }
}

function writeTable(url, table) {
  const isPostgres = url.startsWith('postgres');
  const command = `node packages/permissions/bench/cost.mjs http${isPostgres ? ' postgres://…' : ''} --write`;
  const rows = table.map((row) => `| ${Object.values(row).join(' | ')} |`);
  const text = `Requests by a restricted user, with a session as bearer token, as cookie, and with an API key, beside the same
requests to the same server by the system, in turns of the same run: processor time of the server, in the quieter
quarter of the turns, and the middle of the ratios of turns beside each other. ${RECORDS} records, 20,500 shares.

Made by \`${command}\` (${ROUNDS} rounds of ${REQUESTS} requests; ${conditions()}).

| ${Object.keys(table[0]).join(' | ')} |
|${'---|'.repeat(Object.keys(table[0]).length)}
${rows.join('\n')}
`;
  writeSection(
    SERVER_PAGE,
    `What permission adds on ${isPostgres ? 'PostgreSQL' : 'SQLite'}`,
    text,
  );
}

/** The users of a database, which is filled unless an earlier run did. */
async function filled(url, kept) {
  const told = `${kept}.users.json`;
  if (kept !== undefined && existsSync(told)) return JSON.parse(readFileSync(told, 'utf8'));
  if (kept !== undefined) rmSync(kept, { force: true });
  const { child, message } = run('--prepare', url);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const { users } = await message;
  await ended;
  if (kept !== undefined) writeFileSync(told, JSON.stringify(users));
  return users;
}

function scenarios() {
  const id = (at) => `rec-${String(at).padStart(7, '0')}`;
  const ids = Array.from({ length: 50 }, (_, at) => id(at * 2000));
  const some = Array.from({ length: 50 }, (_, at) => id(at * 200 + 1));
  const list = (object, sort = '') => [`/api/data/${object}?top=20&count=false${sort}`];
  return [
    {
      name: 'get, everybody reads',
      who: 'seller',
      paths: ids.map((one) => `/api/data/open/${one}`),
    },
    { name: 'get, own', who: 'seller', paths: ids.map((one) => `/api/data/closed/${one}`) },
    {
      name: 'get, of somebody below',
      who: 'lead',
      paths: some.map((one) => `/api/data/closed/${one}`),
    },
    { name: 'list 20, everybody reads', who: 'seller', paths: list('open') },
    { name: 'list 20 by name, everybody reads', who: 'seller', paths: list('open', '&sort=name') },
    { name: 'list 20, owns 50', who: 'seller', paths: list('closed') },
    { name: 'list 20 by name, owns 50', who: 'seller', paths: list('closed', '&sort=name') },
    { name: 'list 20, 100 shared', who: 'sharer', paths: list('closed') },
    { name: 'list 20 by name, 100 shared', who: 'sharer', paths: list('closed', '&sort=name') },
    { name: 'list 20, 500 shared', who: 'member', paths: list('closed') },
    { name: 'list 20 by name, 500 shared', who: 'member', paths: list('closed', '&sort=name') },
    { name: 'list 20, below: 10,000', who: 'lead', paths: list('closed') },
    { name: 'list 20 by name, below: 10,000', who: 'lead', paths: list('closed', '&sort=name') },
  ];
}

async function compare({ name, who, paths }, server, users) {
  const turn = (side) =>
    load(
      server,
      paths,
      side === 'system' ? { authorization: `Bearer ${TOKEN}` } : users[who][side],
    );
  // The first turns of a JavaScript program say nothing about the others.
  for (let at = 0; at < WARM_UP; at += 1) for (const side of SIDES) await turn(side);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const times = {};
    // Who goes first changes, so that what slows them down never meets the same one.
    for (const at of SIDES.keys()) {
      const side = SIDES[(at + round) % SIDES.length];
      times[side] = await turn(side);
    }
    rounds.push(times);
  }
  const quiet = (side) => quartile(rounds.map((times) => times[side]));
  const row = { case: name, 'system us': Math.round(quiet('system')) };
  for (const side of SIDES.slice(1)) {
    const middle = median(rounds.map((times) => times[side] / times.system));
    row[side] = Number((quiet(side) / quiet('system')).toFixed(2));
    row[`${side}, middle`] = Number(middle.toFixed(2));
  }
  return row;
}

function quartile(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 4)];
}

async function load({ child, message }, paths, headers) {
  const { url } = await message;
  const before = cpuMicroseconds(child.pid);
  const result = await autocannon({
    url,
    connections: 4,
    amount: REQUESTS,
    headers,
    requests: paths.map((path) => ({ method: 'GET', path })),
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${paths[0]}: ${result.non2xx} refused`);
  return (cpuMicroseconds(child.pid) - before) / REQUESTS;
}

function run(...args) {
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1], ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, message: firstJson(child, (message) => typeof message.url === 'string') };
}
