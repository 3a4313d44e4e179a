// `pnpm bench`: boot, memory and requests per second of a built tree, each request beside a raw
// Fastify handler on a copy of the same database, interleaved in the same run. Prints ratios and
// writes docs/benchmarks.md. `--seconds 2 --rounds 3` change the effort.
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import autocannon from 'autocannon';

const seconds = Number(option('--seconds') ?? 3);
const rounds = Number(option('--rounds') ?? 3);
const only = option('--only');
const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-bench-'));
const database = path.join(folder, 'ours.sqlite');
const token = 'bench-token-0123456789abcdef0123456789abcdef';
const children = [];

try {
  await main();
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

async function main() {
  const first = await startOurs();
  console.log(`first start with sample data: ${first.milliseconds} ms to the first answer`);
  await stop(first.child);
  const again = await startOurs();
  await sleep(2_000);
  const memory = residentMegabytes(again.child.pid);
  console.log(`start on existing data: ${again.milliseconds} ms; idle ${memory} MB`);
  const ids = await contactIds(again.url);
  await stop(again.child);
  copyFileSync(database, path.join(folder, 'raw.sqlite'));

  const ours = await startOurs();
  const raw = await startRaw(path.join(folder, 'raw.sqlite'));
  const rows = [];
  for (const scenario of scenarios(ids)) {
    if (only !== undefined && !scenario.name.includes(only)) continue;
    rows.push(await compare(scenario, ours, raw));
  }
  report({ first: first.milliseconds, again: again.milliseconds, memory, rows });
}

function scenarios(ids) {
  const departments = ['engineering', 'sales', 'marketing', 'operations', 'finance'];
  const filter = (name) => encodeURIComponent(JSON.stringify(['department', '=', name]));
  const gets = (make) => ({ requests: make.map((one) => ({ method: 'GET', path: one })) });
  let serial = 0;
  const contact = () => {
    serial += 1;
    return {
      name: `Bench Contact ${serial}`,
      email: `bench-${process.pid}-${serial}@example.com`,
      department: 'sales',
    };
  };
  const posts = (target, body) => ({
    requests: [
      {
        method: 'POST',
        path: target,
        headers: { 'content-type': 'application/json' },
        setupRequest: (request) => ({ ...request, body: JSON.stringify(body()) }),
      },
    ],
  });
  const patches = (prefix) => ({
    requests: ids.slice(0, 500).map((id) => ({
      method: 'PATCH',
      path: `${prefix}/${id}`,
      headers: { 'content-type': 'application/json' },
      setupRequest: (request) => ({
        ...request,
        body: JSON.stringify({ title: `Title ${(serial += 1)}` }),
      }),
    })),
  });
  const list = (extra, rawExtra) => ({
    ours: gets(
      departments.map((one) => `/api/data/contact?filter=${filter(one)}&sort=name&top=20${extra}`),
    ),
    raw: gets(departments.map((one) => `/contact?department=${one}&top=20${rawExtra}`)),
  });
  return [
    {
      name: 'get by id',
      goal: 50,
      ours: gets(ids.map((id) => `/api/data/contact/${id}`)),
      raw: gets(ids.map((id) => `/contact/${id}`)),
    },
    { name: 'list 20, filtered and sorted', goal: 60, ...list('&count=false', '') },
    { name: 'the same with the total', ...list('', '&total=true') },
    { name: 'list 20 with expand', ...list('&count=false&expand=account', '&expand=account') },
    {
      name: 'create',
      goal: 60,
      ours: posts('/api/data/contact', contact),
      raw: posts('/contact', contact),
    },
    { name: 'update', ours: patches('/api/data/contact'), raw: patches('/contact') },
    {
      name: 'bulk create of 1,000',
      goal: 40,
      connections: 1,
      ours: posts('/api/data/contact/createMany', () => Array.from({ length: 1000 }, contact)),
      raw: posts('/contact/createMany', () => Array.from({ length: 1000 }, contact)),
    },
  ];
}

async function compare(scenario, ours, raw) {
  const results = { ours: [], raw: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const [side, server] of [
      ['raw', raw],
      ['ours', ours],
    ]) {
      results[side].push(await load(server, scenario[side], scenario.connections ?? 10));
    }
  }
  const row = {
    name: scenario.name,
    goal: scenario.goal,
    raw: median(results.raw.map((one) => one.rate)),
    ours: median(results.ours.map((one) => one.rate)),
    p99: median(results.ours.map((one) => one.p99)),
    cpu: median(results.ours.map((one) => one.cpu)),
    rawCpu: median(results.raw.map((one) => one.cpu)),
  };
  row.ratio = (100 * row.ours) / row.raw;
  console.log(
    `${row.name}: raw ${row.raw.toFixed(0)}/s, ours ${row.ours.toFixed(0)}/s = ${row.ratio.toFixed(0)} %; ` +
      `CPU ${row.rawCpu.toFixed(0)} and ${row.cpu.toFixed(0)} µs a request = ${cpuShare(row)} %`,
  );
  return row;
}

/** How far the CPU time of our request is from that of the raw one: of use when others load the machine. */
function cpuShare({ cpu, rawCpu }) {
  return ((100 * rawCpu) / cpu).toFixed(0);
}

async function load({ url, child }, { requests }, connections) {
  const before = cpuMicroseconds(child.pid);
  const result = await autocannon({
    url,
    connections,
    duration: seconds,
    headers: { authorization: `Bearer ${token}` },
    requests,
  });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(
      `${url}${requests[0].path}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`,
    );
  }
  const cpu = (cpuMicroseconds(child.pid) - before) / result.requests.total;
  return { rate: result.requests.average, p99: result.latency.p99, cpu };
}

async function startOurs() {
  const begin = performance.now();
  const child = spawn(
    process.execPath,
    [
      'packages/cli/bin/objectos.js',
      'start',
      'examples/crm',
      '--port',
      '0',
      '--database',
      `sqlite:${database}`,
      '--json',
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, OBJECTOS_SECURITY: 'startup-token', OBJECTOS_STARTUP_TOKEN: token },
    },
  );
  children.push(child);
  const { url } = await firstJson(child, (message) => typeof message.url === 'string');
  const answer = await fetch(`${url}/api/data/contact?top=1`, {
    headers: { authorization: `Bearer ${token}` },
  });
  if (!answer.ok) throw new Error(`the first request answered ${answer.status}`);
  return { child, url, milliseconds: Math.round(performance.now() - begin) };
}

async function startRaw(file) {
  const child = spawn(process.execPath, ['bench/raw-server.mjs', file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return { child, ...(await firstJson(child, (message) => typeof message.url === 'string')) };
}

function firstJson(child, wanted) {
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

async function contactIds(url) {
  const answer = await fetch(`${url}/api/data/contact?top=1000&select=id&count=false`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { data } = await answer.json();
  return data.records.map((record) => record.id);
}

async function stop(child) {
  child.kill('SIGTERM');
  await new Promise((resolve) =>
    child.exitCode === null ? child.once('exit', resolve) : resolve(),
  );
}

/** Where the system does not tell (not Linux), the column is empty. */
function cpuMicroseconds(pid) {
  if (process.platform !== 'linux') return Number.NaN;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticksPerSecond = 100;
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / ticksPerSecond;
}

function residentMegabytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024);
}

function report({ first, again, memory, rows }) {
  const cells = rows.map(
    (row) =>
      `| ${row.name} | ${row.raw.toFixed(0)} | ${row.ours.toFixed(0)} | ${row.ratio.toFixed(0)} % | ${row.goal === undefined ? '' : `${row.goal} %`} | ${row.p99.toFixed(1)} | ${row.rawCpu.toFixed(0)} | ${row.cpu.toFixed(0)} |`,
  );
  const text = `# Benchmarks

Made by \`pnpm bench\` (${seconds} s a run, median of ${rounds} interleaved rounds, 10 connections, 1 for bulk) on
Node ${process.version}, ${os.cpus().length} cores, with the load generator on the same machine. Raw is Fastify with
prepared statements on the same SQLite binding and a copy of the same database: no principal, no validation,
no change log, no envelope. Compare the ratios, not the absolute numbers.

- First start with 20,000 records of sample data: ${first} ms to the first answer
- Start on existing data: ${again} ms to the first answer
- Idle memory: ${memory} MB resident

| request | raw /s | ours /s | share | goal | p99 ms | raw CPU µs | our CPU µs |
|---|---|---|---|---|---|---|---|
${cells.join('\n')}
`;
  writeFileSync('docs/benchmarks.md', text);
  console.log(`\n${text}`);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function option(name) {
  const index = process.argv.indexOf(name);
  return index === -1 ? undefined : process.argv[index + 1];
}
