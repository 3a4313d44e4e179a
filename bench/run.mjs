// `pnpm bench`: boot, memory and requests per second of a built tree, each request beside a raw
// Fastify handler, interleaved in the same run: on SQLite over a copy of the same file, with
// `--database postgres` over the same tables. Prints ratios and writes its section of
// docs/benchmarks.md. `--seconds 2 --rounds 3` change the effort, `--only list` and `--dry` measure
// without writing, `--postgres postgres://…` (default 127.0.0.1) names the server.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import autocannon from 'autocannon';
import { postgresPlace } from './raw-store-postgres.mjs';
import { conditions, SERVER_PAGE, writeSection } from './report.mjs';
import {
  cpuMicroseconds,
  killAll,
  median,
  option,
  request,
  residentMegabytes,
  startObjectOS,
  startProgram,
  stop,
  token,
} from './servers.mjs';

const seconds = Number(option('--seconds') ?? 3);
const rounds = Number(option('--rounds') ?? 3);
const only = option('--only');
const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-bench-'));
const place = option('--database') === 'postgres' ? postgres() : sqlite();

try {
  await main();
} finally {
  killAll();
  await place.remove();
  rmSync(folder, { recursive: true, force: true });
}

function sqlite() {
  const file = path.join(folder, 'ours.sqlite');
  const copy = path.join(folder, 'raw.sqlite');
  return {
    title: 'SQLite',
    url: `sqlite:${file}`,
    baseline: 'the same SQLite binding and a copy of the same database',
    async raw() {
      copyFileSync(file, copy);
      return copy;
    },
    remove: async () => undefined,
  };
}

function postgres() {
  const server = option('--postgres') ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  const { url, settle, remove } = postgresPlace(server, `bench_${process.pid}`);
  return {
    title: 'PostgreSQL',
    url,
    baseline: '`pg` and the same tables',
    async raw() {
      await settle();
      return url;
    },
    remove,
  };
}

async function main() {
  const first = await startOurs();
  console.log(`first start with sample data: ${first.milliseconds} ms to the first answer`);
  await stop(first);
  const again = await startOurs();
  await sleep(2_000);
  const memory = residentMegabytes(again.child.pid);
  console.log(`start on existing data: ${again.milliseconds} ms; idle ${memory} MB`);
  const ids = await contactIds(again.url);
  await stop(again);
  const rawPlace = await place.raw();

  const ours = await startOurs();
  const raw = await startProgram(['bench/raw-server.mjs', rawPlace]);
  const rows = [];
  for (const scenario of scenarios(ids)) {
    if (only !== undefined && !scenario.name.includes(only)) continue;
    rows.push(await compare(scenario, ours, raw));
  }
  await stop(ours);
  await stop(raw);
  report({ first, again, memory, rows });
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
  // The first seconds of a JavaScript program say nothing about the others.
  await load(raw, scenario.raw, scenario.connections ?? 10);
  await load(ours, scenario.ours, scenario.connections ?? 10);
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

function startOurs() {
  return startObjectOS('examples/crm', place.url, '/api/data/contact?top=1');
}

async function contactIds(url) {
  const answer = await request(url, '/api/data/contact?top=1000&select=id&count=false');
  const { data } = await answer.json();
  return data.records.map((record) => record.id);
}

function report({ first, again, memory, rows }) {
  const cells = rows.map(
    (row) =>
      `| ${row.name} | ${row.raw.toFixed(0)} | ${row.ours.toFixed(0)} | ${row.ratio.toFixed(0)} % | ${row.goal === undefined ? '' : `${row.goal} %`} | ${row.p99.toFixed(1)} | ${row.rawCpu.toFixed(0)} | ${row.cpu.toFixed(0)} |`,
  );
  const command = `pnpm bench${place.title === 'SQLite' ? '' : ' --database postgres'}`;
  const text = `Made by \`${command}\` (${seconds} s a run, median of ${rounds} interleaved rounds, 10 connections, 1 for bulk; ${conditions()}),
with the load generator on the same machine. Raw runs on ${place.baseline}.

- First start with 20,000 records of sample data: ${first.milliseconds} ms to the first answer, ${first.cpuMilliseconds.toFixed(0)} ms of CPU
- Start on existing data: ${again.milliseconds} ms to the first answer, ${again.cpuMilliseconds.toFixed(0)} ms of CPU
- Idle memory: ${memory} MB resident

| request | raw /s | ours /s | share | goal | p99 ms | raw CPU µs | our CPU µs |
|---|---|---|---|---|---|---|---|
${cells.join('\n')}
`;
  if (only === undefined && !process.argv.includes('--dry')) {
    writeSection(SERVER_PAGE, place.title, text);
  }
  console.log(`\n${text}`);
}

function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
