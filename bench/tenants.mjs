// `node bench/tenants.mjs`: what schemas of organizations cost, on PostgreSQL, interleaved in one run.
// First raw: names qualified and prepared, qualified and not prepared, and `SET LOCAL search_path` with
// prepared statements. Then the engine with rows in common tables beside a schema for each organization,
// where requests stay with one organization or go round all of them. Then starts and migrations.
// `--postgres postgres://…` (default 127.0.0.1), `--tenants 200`, `--rows 200` (of each), `--seconds 1`,
// `--rounds 3`. Build first. Prints Markdown tables.
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { createDataRuntime } from '../packages/objectql/dist/index.node.js';
import { SqlDriver } from '../packages/driver-sql/dist/index.js';
import { median, option } from './servers.mjs';

const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(path.join(root, 'packages/driver-sql/package.json'));
const pg = require('pg');

const server = option('--postgres') ?? 'postgres://postgres@127.0.0.1:5432/postgres';
const tenants = Number(option('--tenants') ?? 200);
const rows = Number(option('--rows') ?? 200);
const seconds = Number(option('--seconds') ?? 1);
const rounds = Number(option('--rounds') ?? 3);
const WORKERS = 8;
const ids = Array.from({ length: tenants }, (_, at) => `org-${String(at).padStart(4, '0')}`);
const everywhere = { principal: { kind: 'system', id: 'bench', tenantId: null }, requestId: 'b' };
const of = (tenantId) => ({
  principal: { kind: 'user', id: 'u', tenantId, roles: [], fingerprint: 'f' },
  requestId: 'b',
});

const OBJECTS = {
  account: `fields:
  name: { type: text, required: true }
  region: { type: text, index: true }
`,
  contact: `fields:
  name: { type: text, index: true }
  status: { type: select, options: [open, won, lost] }
  account: { type: lookup, reference: account }
indexes:
  - fields: [status, name]
`,
  task: 'fields:\n  name: { type: text }\n  contact: { type: master_detail, reference: contact }\n',
};
const PLATFORM = { organization: 'fields: { name: { type: text } }' };

const admin = new pg.Pool({ connectionString: server, max: 4 });
const places = [];
try {
  await raw();
  await engines();
} finally {
  for (const place of places) await drop(place);
  await admin.end();
}
console.log(`\nLoad average at the end: ${os.loadavg()[0].toFixed(1)}`);

async function raw() {
  const schemas = ids.slice(0, 20).map((_, at) => `bench_raw_${process.pid}_${at}`);
  const columns = 'id, name, status, organization_id, created_at';
  for (const schema of schemas) {
    await admin.query(`CREATE SCHEMA ${schema}`);
    await admin.query(
      `CREATE TABLE ${schema}.contact (id text PRIMARY KEY, name text, status text, organization_id text, created_at timestamptz)`,
    );
    await admin.query(
      `INSERT INTO ${schema}.contact SELECT 'c' || n, 'N' || n, 'open', 'o', now() FROM generate_series(1, 200) AS n`,
    );
  }
  const pool = new pg.Pool({ connectionString: server, max: WORKERS, pipeline: true });
  let serial = 0;
  const next = () => schemas[serial++ % schemas.length];
  const text = (table) => `SELECT ${columns} FROM ${table} WHERE id = $1 AND organization_id = $2`;
  const values = ['c7', 'o'];
  const ways = {
    'qualified, prepared': async () => {
      const schema = next();
      await pool.query({ name: `q_${schema}`, text: text(`${schema}.contact`), values });
    },
    'qualified, not prepared': async () => {
      await pool.query({ text: text(`${next()}.contact`), values });
    },
    'SET LOCAL search_path, prepared': async () => {
      const schema = next();
      const client = await pool.connect();
      try {
        // All four travel together.
        await Promise.all([
          client.query('BEGIN'),
          client.query(`SET LOCAL search_path = ${schema}`),
          client.query({ name: 'by_path', text: text('contact'), values }),
          client.query('COMMIT'),
        ]);
      } finally {
        client.release();
      }
    },
  };
  const results = await interleaved(ways);
  console.log(`\nRaw: a row by its key, going round ${schemas.length} schemas\n`);
  print(['way', '/s', 'share of the first'], results, Object.values(results)[0]);
  await pool.end();
  for (const schema of schemas) await admin.query(`DROP SCHEMA ${schema} CASCADE`);
}

async function engines() {
  const byRow = await open(false);
  const bySchema = await open(true);
  let serial = 0;
  for (const [name, work] of Object.entries(operations())) {
    const ways = {};
    for (const [way, world] of Object.entries({ rows: byRow, schemas: bySchema })) {
      ways[`${way}, one organization`] = () => work(world, ids[0]);
      ways[`${way}, round all`] = () => work(world, ids[serial++ % ids.length]);
    }
    const results = await interleaved(ways);
    console.log(`\n${name}, ${tenants} organizations of ${rows} contacts\n`);
    print(
      ['way', '/s', 'share of rows'],
      results,
      (way) => results[way.replace('schemas', 'rows')],
    );
  }
  console.log('\n| | rows | schemas |\n|---|---|---|');
  const lines = {
    'a start with nothing to do': (world) => start(world.place, OBJECTS),
    'a start that adds a field': (world) =>
      start(world.place, { ...OBJECTS, account: `${OBJECTS.account}  code: { type: text }\n` }),
    'an organization more': async (world) => {
      const begin = performance.now();
      await world.engine.insert('organization', { name: 'more' }, everywhere);
      return performance.now() - begin;
    },
  };
  for (const [name, measure] of Object.entries(lines)) {
    const figures = [];
    for (const world of [byRow, bySchema]) figures.push(`${Math.round(await measure(world))} ms`);
    console.log(`| ${[name, ...figures].join(' | ')} |`);
  }
  await Promise.all([byRow.driver.close(), bySchema.driver.close()]);
}

function operations() {
  const fields = ['id', 'name', 'status'];
  return {
    'get by id': (world, id) => world.engine.get('contact', world.known.get(id), of(id)),
    'list 20, filtered and sorted': (world, id) =>
      world.engine.find(
        'contact',
        {
          fields,
          where: { op: 'eq', field: 'status', value: 'open' },
          orderBy: [{ field: 'name', direction: 'asc' }],
          limit: 20,
        },
        of(id),
      ),
    create: (world, id) => world.engine.insert('task', { contact: world.known.get(id) }, of(id)),
  };
}

async function open(tenantSchemas) {
  const schema = `bench_t_${process.pid}_${places.length}`;
  const url = new URL(server);
  url.searchParams.set('schema', schema);
  const place = { schema, url: url.href, tenantSchemas };
  places.push(place);
  const world = await connect(place);
  await world.runtime.load(layers(OBJECTS));
  const known = new Map();
  for (const id of ids) {
    await world.engine.insert('organization', { id, name: id }, everywhere, { acceptId: true });
    const contacts = Array.from({ length: rows }, (_, at) => ({
      name: `N${(at * 7919) % rows}`,
      status: ['open', 'won', 'lost'][at % 3],
    }));
    const [first] = await world.engine.insertMany('contact', contacts, of(id));
    known.set(id, first.id);
  }
  await admin.query('ANALYZE');
  return { ...world, known, place };
}

async function connect({ url, tenantSchemas }) {
  const driver = new SqlDriver({ url, tenantSchemas });
  const access = () => ({ decide: () => ({ allowed: true }) });
  const runtime = createDataRuntime({ driver, access });
  return { driver, runtime, engine: runtime.engine };
}

async function start(place, objects) {
  const begin = performance.now();
  const { driver, runtime } = await connect(place);
  await runtime.load(layers(objects));
  const took = performance.now() - begin;
  await driver.close();
  return took;
}

function layers(objects) {
  const files = (all) =>
    Object.entries(all).map(([name, text]) => ({ file: `objects/${name}.object.yml`, text }));
  return [
    { layer: 'plugin:bench', files: files(PLATFORM) },
    { layer: 'app', files: files(objects) },
  ];
}

/** Operations per second of each way: the median of the rounds, each way once in every round. */
async function interleaved(ways) {
  const measured = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (const work of Object.values(ways)) await during(0.3, work);
  for (let round = 0; round < rounds; round += 1) {
    for (const [way, work] of Object.entries(ways)) measured[way].push(await during(seconds, work));
  }
  return Object.fromEntries(Object.entries(measured).map(([way, all]) => [way, median(all)]));
}

async function during(time, work) {
  const end = performance.now() + time * 1000;
  let done = 0;
  const worker = async () => {
    while (performance.now() < end) {
      await work();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  return done / time;
}

function print(head, results, base) {
  console.log(`| ${head.join(' | ')} |\n|${head.map(() => '---').join('|')}|`);
  for (const [way, speed] of Object.entries(results)) {
    const against = typeof base === 'function' ? base(way) : base;
    const share = `${Math.round((speed / against) * 100)} %`;
    console.log(`| ${way} | ${Math.round(speed)} | ${share} |`);
  }
}

async function drop({ schema }) {
  const { rows: own } = await admin.query(
    `SELECT nspname AS name FROM pg_namespace WHERE obj_description(oid, 'pg_namespace') = $1`,
    [`objectql: an organization of ${schema}`],
  );
  for (const { name } of own) await admin.query(`DROP SCHEMA "${name}" CASCADE`);
  await admin.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
}
