// `pnpm bench:engine`: operations of the engine beside raw SQL on the same database, interleaved in
// the same run, on SQLite (a file, synchronous=FULL) and on PostgreSQL where a server answers.
// `--postgres postgres://…` (default 127.0.0.1), `--rows 10000`, `--seconds 1`, `--rounds 3`,
// `--only list`. Build first. Prints a Markdown table for each database.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createDataRuntime } from '../packages/objectql/dist/index.node.js';
import { importRecords } from '../packages/objectql/dist/transfer/index.js';
import { SqlDriver } from '../packages/driver-sql/dist/index.js';
import { rawPostgres, rawSqlite } from './raw-sql.mjs';
import { median, option } from './servers.mjs';

const seconds = Number(option('--seconds') ?? 1);
const rounds = Number(option('--rounds') ?? 3);
const rows = Number(option('--rows') ?? 10_000);
const only = option('--only');
const server = option('--postgres') ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const ctx = { principal: { kind: 'system', id: 'bench', tenantId: null }, requestId: 'bench' };
const AT = '2026-01-31T09:30:00.000Z';
/** At once, as ten connections of a server would. */
const WORKERS = 10;
let serial = 0;

const OBJECTS = {
  account: 'fields:\n  name: { type: text }\n  region: { type: text }\n',
  campaign: 'fields:\n  name: { type: text }\n',
  contact: `fields:
  name: { type: text, searchable: true }
  email: { type: email }
  status: { type: select, options: [open, won, lost] }
  amount: { type: currency }
  account: { type: lookup, reference: account }
  campaign: { type: lookup, reference: campaign }
indexes:
  - fields: [status, name]
`,
  order: `fields:
  name: { type: text }
  total: { type: summary, summaryOperations: { object: line, function: sum, field: amount } }
`,
  line: `fields:
  order: { type: lookup, reference: order }
  amount: { type: currency }
`,
  plain_line: `fields:
  order: { type: lookup, reference: order }
  amount: { type: currency }
`,
};

await onDatabase('SQLite', sqliteTarget());
const postgres = await postgresTarget();
if (postgres === undefined) console.warn(`SKIPPED: PostgreSQL, because ${server} does not answer.`);
else await onDatabase('PostgreSQL', postgres);

function sqliteTarget() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-engine-bench-'));
  const file = path.join(folder, 'bench.sqlite');
  return {
    url: `sqlite:${file}`,
    open: () => rawSqlite(file),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function postgresTarget() {
  const schema = `bench_${process.pid}`;
  const url = new URL(server);
  url.searchParams.set('schema', schema);
  const raw = rawPostgres(server, schema);
  if (!(await raw.answers())) return undefined;
  return {
    url: url.href,
    open: () => raw,
    remove: async () => {
      await raw.dropSchema();
      await raw.end();
    },
  };
}

async function onDatabase(title, target) {
  const runtime = createDataRuntime({ driver: new SqlDriver({ url: target.url }) });
  const { engine } = runtime;
  const files = Object.entries(OBJECTS).map(([name, text]) => ({
    file: `${name}.object.yml`,
    text,
  }));
  await runtime.load([{ layer: 'app', files }]);
  await fill(engine);
  const raw = await target.open();
  try {
    await raw.analyze();
    console.log(`\n### ${title}, ${rows} contacts\n`);
    console.log('| operation | engine /s | raw /s | share | goal |\n|---|---|---|---|---|');
    for (const scenario of scenarios(engine, raw)) {
      if (only === undefined || scenario.name.includes(only)) await compare(scenario);
    }
    if (only === undefined) {
      await rollUps(engine);
      await importRows({ engine, snapshot: runtime.store.current() });
      await raw.prepareSearch();
      await compare(searching(engine, raw));
    }
  } finally {
    await runtime.close();
    await raw.close();
    await target.remove();
  }
}

async function fill(engine) {
  const many = (object, count, make) => {
    const records = Array.from({ length: count }, (_, at) => make(at + 1));
    return engine.insertMany(object, records, ctx, { acceptId: true });
  };
  await many('account', 500, (n) => ({ id: `a${n}`, name: `Account ${n}`, region: `r${n % 9}` }));
  await many('campaign', 20, (n) => ({ id: `k${n}`, name: `Campaign ${n}` }));
  await many('order', 20, (n) => ({ id: `o${n}`, name: `Order ${n}` }));
  for (let done = 0; done < rows; done += 1000) {
    await many('contact', Math.min(1000, rows - done), (n) => contactOf(done + n));
  }
}

function contactOf(n) {
  return {
    id: `c${n}`,
    name: `Person ${String(n).padStart(8, '0')}`,
    email: `m${n}@example.com`,
    status: ['open', 'won', 'lost'][n % 3],
    amount: (n % 1000) + 0.25,
    account: `a${1 + (n % 500)}`,
    campaign: `k${1 + (n % 20)}`,
  };
}

function newContact() {
  serial += 1;
  const record = contactOf(10_000_000 + serial);
  delete record.id;
  return record;
}

function scenarios(engine, raw) {
  const anyId = () => `c${1 + Math.floor(Math.random() * rows)}`;
  const open = {
    where: { op: 'eq', field: 'status', value: 'open' },
    orderBy: [{ field: 'name', direction: 'asc' }],
    limit: 20,
  };
  const listSql = 'SELECT * FROM contact WHERE status = ? AND deleted_at IS NULL ORDER BY name';
  const byIds = async (table, ids) => {
    const marks = ids.map(() => '?').join(', ');
    return raw.all(`SELECT * FROM ${table} WHERE id IN (${marks})`, ids);
  };
  const rawRow = () => {
    const { name, email, status, amount, account, campaign } = newContact();
    return [`raw-${serial}`, name, email, status, amount, account, campaign, AT, AT, 1];
  };
  return [
    {
      name: 'get by id',
      goal: 50,
      ours: () => engine.get('contact', anyId(), ctx),
      raw: () => raw.all('SELECT * FROM contact WHERE id = ?', [anyId()]),
    },
    {
      name: 'list 20, filtered and sorted',
      goal: 60,
      ours: () => engine.find('contact', open, ctx),
      raw: () => raw.all(`${listSql} LIMIT 20`, ['open']),
    },
    {
      name: 'list 20 with two expands',
      goal: 50,
      ours: () => engine.find('contact', { ...open, expand: { account: {}, campaign: {} } }, ctx),
      raw: async () => {
        const found = await raw.all(`${listSql} LIMIT 20`, ['open']);
        const ids = (name) => [...new Set(found.map((row) => row[name]))];
        return [await byIds('account', ids('account')), await byIds('campaign', ids('campaign'))];
      },
    },
    {
      name: 'sum and count by status',
      goal: 80,
      ours: () =>
        engine.aggregate(
          'contact',
          {
            groupBy: [{ field: 'status' }],
            aggregations: [
              { function: 'count', alias: 'n' },
              { function: 'sum', field: 'amount', alias: 'total' },
            ],
          },
          ctx,
        ),
      raw: () =>
        raw.all(
          'SELECT status, count(*) AS n, sum(amount) AS total FROM contact WHERE deleted_at IS NULL GROUP BY status',
          [],
        ),
    },
    {
      name: 'create',
      goal: 50,
      ours: () => engine.insert('contact', newContact(), ctx),
      raw: () => raw.insert([rawRow()]),
    },
    {
      name: 'bulk create of 1,000',
      goal: 50,
      workers: 1,
      ours: () => engine.insertMany('contact', Array.from({ length: 1000 }, newContact), ctx),
      raw: () => raw.insert(Array.from({ length: 1000 }, rawRow)),
    },
  ];
}

async function compare({ name, goal, ours, raw, workers = WORKERS }) {
  await rate(ours, 0.5, workers);
  await rate(raw, 0.5, workers);
  const pairs = [];
  for (let round = 0; round < rounds; round += 1) {
    pairs.push([await rate(ours, seconds, workers), await rate(raw, seconds, workers)]);
  }
  const [mine, theirs] = [0, 1].map((side) => median(pairs.map((pair) => pair[side])));
  const share = median(pairs.map(([one, other]) => (100 * one) / other));
  console.log(
    `| ${name} | ${mine.toFixed(mine < 10 ? 1 : 0)} | ${theirs.toFixed(theirs < 10 ? 1 : 0)} | ${share.toFixed(0)} % | ${goal === undefined ? '' : `${goal} %`} |`,
  );
}

/** One write at a time, so that what a summary adds is not hidden by shared commits. */
async function rollUps(engine) {
  const line = (object) => () =>
    engine.insert(object, { order: `o${1 + (serial++ % 20)}`, amount: 1.5 }, ctx);
  const times = { plain_line: [], line: [] };
  for (let round = 0; round <= rounds; round += 1) {
    for (const [object, list] of Object.entries(times)) {
      const perSecond = await rate(line(object), seconds, 1);
      if (round > 0) list.push(1000 / perSecond);
    }
  }
  const added = median(times.line) - median(times.plain_line);
  console.log(`\nA sum on the parent adds ${added.toFixed(2)} ms to a child's write (goal: 1 ms).`);
}

/** Entries of a CSV file, each with hooks, validation, references and change log. */
async function importRows(parts) {
  const count = 10_000;
  const columns = ['name', 'email', 'status', 'amount', 'account'];
  function* lines() {
    yield Buffer.from(`${columns.join(',')}\n`);
    for (let at = 0; at < count; at += 1) {
      const record = newContact();
      yield Buffer.from(`${columns.map((name) => record[name]).join(',')}\n`);
    }
  }
  const start = performance.now();
  const report = await importRecords(parts, lines(), { object: 'contact', format: 'csv' }, ctx);
  const spent = (performance.now() - start) / 1000;
  if (report.created !== count) throw new Error(`only ${report.created} of ${count} were imported`);
  console.log(`Import of ${count} rows of CSV: ${(count / spent).toFixed(0)} rows a second.\n`);
}

function searching(engine, raw) {
  const word = () => String(1 + Math.floor(Math.random() * rows)).padStart(8, '0');
  return {
    name: 'search of one word',
    ours: () => engine.find('contact', { search: word(), limit: 20 }, ctx),
    raw: () => raw.search(word()),
  };
}

/** Runs per second. */
async function rate(work, duration, workers) {
  const start = performance.now();
  const end = start + duration * 1000;
  let runs = 0;
  const worker = async () => {
    while (performance.now() < end) {
      await work();
      runs += 1;
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return (1000 * runs) / (performance.now() - start);
}
