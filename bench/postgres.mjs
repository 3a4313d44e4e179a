// `node bench/postgres.mjs`: the driver over PostgreSQL beside raw `pg` on the same server, in the
// same run, interleaved. `--url postgres://…` (default: 127.0.0.1), `--seconds 1`, `--rounds 3`,
// `--large 1000000` compares a large table with one of 10,000 rows as well. Build first.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(path.join(root, 'packages/driver-sql/package.json'));
const pg = require('pg');
const { SqlDriver } = await import(
  pathToFileURL(path.join(root, 'packages/driver-sql/dist/index.js')).href
);

const server = option('--url') ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const seconds = Number(option('--seconds') ?? 1);
const rounds = Number(option('--rounds') ?? 3);
const large = Number(option('--large') ?? 0);
const WORKERS = 8;
const SMALL = 10_000;
const schema = `bench_${process.pid}`;
const url = new URL(server);
url.searchParams.set('schema', schema);

const text = (name, nullable = true) => ({ name, type: 'text', nullable });
const tableOf = (name) => ({
  name,
  columns: [
    text('id', false),
    text('name'),
    text('email'),
    text('company'),
    text('status'),
    { name: 'amount', type: 'decimal', nullable: true },
    { name: 'created_at', type: 'datetime', nullable: true },
  ],
  indexes: [{ name: `ix_${name}_status_name`, columns: ['status', 'name', 'id'], unique: false }],
});
const contact = tableOf('contact');
const added = tableOf('added');
const columns = contact.columns.map(({ name }) => name);
const COLUMNS = columns.join(', ');
const AT = '2026-01-31T09:30:00.000Z';

const driver = new SqlDriver({ url: url.href });
const raw = new pg.Pool({ connectionString: server, max: 10, options: `-c search_path=${schema}` });
let serial = 0;

try {
  await driver.connect();
  await driver.applySchema([contact, added].map((table) => ({ kind: 'createTable', table })));
  await fill('contact', SMALL);
  for (const scenario of scenarios()) await compare(scenario);
  if (large > 0) await compareSizes();
} finally {
  await driver.close();
  await raw.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await raw.end();
}

function scenarios() {
  const id = () => `id-${1 + Math.floor(Math.random() * SMALL)}`;
  const named = (name, sql, values) => raw.query({ name, text: sql, values, rowMode: 'array' });
  const row = () => {
    serial += 1;
    return [`new-${serial}`, `Name ${serial}`, `m${serial}@example.com`, 'Acme', 'open', 1.5, AT];
  };
  const asRecord = (values) =>
    Object.fromEntries(columns.map((name, index) => [name, values[index]]));
  return [
    {
      name: 'get by id',
      goal: 50,
      ours: () =>
        driver.reader.find({ table: contact, columns, where: equal('id', id()), limit: 1 }),
      raw: () => named('get', `SELECT ${COLUMNS} FROM contact WHERE id = $1 LIMIT 1`, [id()]),
    },
    {
      name: 'list 20 by status, sorted by name',
      goal: 60,
      ours: () => list(contact),
      raw: () =>
        named(
          'list',
          `SELECT ${COLUMNS} FROM contact WHERE status = $1 ORDER BY name NULLS FIRST, id LIMIT 20`,
          ['open'],
        ),
    },
    {
      name: 'create',
      goal: 50,
      ours: () => driver.transaction((session) => session.insert(added, [asRecord(row())])),
      raw: () => named('insert', `INSERT INTO added VALUES ($1, $2, $3, $4, $5, $6, $7)`, row()),
    },
    {
      name: 'bulk create of 1,000',
      goal: 50,
      ours: () => {
        const rows = Array.from({ length: 1000 }, () => asRecord(row()));
        return driver.transaction((session) => session.insert(added, rows));
      },
      raw: () => {
        const rows = Array.from({ length: 1000 }, row);
        const groups = rows.map((_, at) => `(${columns.map((__, n) => `$${at * 7 + n + 1}`)})`);
        return raw.query(`INSERT INTO added VALUES ${groups}`, rows.flat());
      },
    },
    {
      name: 'aggregate: count and sum by status',
      goal: 80,
      ours: () =>
        driver.reader.aggregate({
          table: contact,
          groupBy: ['status'],
          aggregations: [
            { function: 'count', alias: 'rows' },
            { function: 'sum', column: 'amount', alias: 'total' },
          ],
        }),
      raw: () =>
        named('sum', `SELECT status, count(*), sum(amount) FROM contact GROUP BY status`, []),
    },
  ];
}

function equal(field, value) {
  return { op: 'eq', field, value };
}

function list(table, extra) {
  const orderBy = ['name', 'id'].map((field) => ({ field, direction: 'asc' }));
  const status = equal('status', 'open');
  const where = extra === undefined ? status : { op: 'and', args: [status, extra] };
  return driver.reader.find({ table, columns, where, orderBy, limit: 20 });
}

async function compare({ name, goal, ours, raw: baseline }) {
  await measure(ours, 0.3);
  await measure(baseline, 0.3);
  const pairs = [];
  for (let round = 0; round < rounds; round += 1) {
    pairs.push([await measure(ours, seconds), await measure(baseline, seconds)]);
  }
  const [mine, theirs] = [0, 1].map((side) => median(pairs.map((pair) => pair[side])));
  const share = median(pairs.map(([one, other]) => (100 * one) / other));
  console.log(
    `${name.padEnd(40)} ${mine.toFixed(0).padStart(7)} /s  raw ${theirs.toFixed(0).padStart(7)} /s  ${share.toFixed(0)} % (goal ${goal} %)`,
  );
}

async function compareSizes() {
  const many = tableOf('many');
  await driver.applySchema([{ kind: 'createTable', table: many }]);
  await fill('many', large);
  const page = (table, size) => {
    const name = `Name ${String(Math.floor(size / 2)).padStart(8, '0')}`;
    return list(table, { op: 'gt', field: 'name', value: name });
  };
  const get = (table, size) => {
    const id = `id-${1 + Math.floor(Math.random() * size)}`;
    return driver.reader.find({ table, columns, where: equal('id', id), limit: 1 });
  };
  for (const [name, work] of [
    ['get', get],
    ['indexed page', (table) => list(table)],
    ['keyset page in the middle', page],
  ]) {
    const [small, big] = [
      await time(() => work(contact, SMALL)),
      await time(() => work(many, large)),
    ];
    console.log(
      `${name.padEnd(40)} ${small.toFixed(2)} ms on 10,000, ${big.toFixed(2)} ms on ${large}: ${(big / small).toFixed(2)}x`,
    );
  }
}

async function fill(table, rows) {
  await raw.query(
    `INSERT INTO ${table} SELECT 'id-' || n, 'Name ' || lpad(n::text, 8, '0'), 'm' || n || '@example.com',
       'Company ' || n % 1000, (ARRAY['open', 'won', 'lost'])[1 + n % 3], n % 1000 + 0.25, now()
     FROM generate_series(1, ${rows}) AS n`,
  );
  await raw.query(`ANALYZE ${table}`);
}

/** Runs per second, several at a time. */
async function measure(work, duration) {
  const end = performance.now() + duration * 1000;
  const start = performance.now();
  let runs = 0;
  const worker = async () => {
    while (performance.now() < end) {
      await work();
      runs += 1;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return (1000 * runs) / (performance.now() - start);
}

/** Median milliseconds of one run at a time. */
async function time(work) {
  const times = [];
  for (let run = 0; run < 300; run += 1) {
    const start = performance.now();
    await work();
    times.push(performance.now() - start);
  }
  return median(times);
}

function median(values) {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at === -1 ? undefined : process.argv[at + 1];
}
