// Databases that the benchmarks of the engine run on, each made for one run and removed after it.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createDataRuntime } from '../packages/objectql/dist/index.node.js';
import { SqlDriver } from '../packages/driver-sql/dist/index.js';
import { rawPostgres } from './raw-postgres.mjs';
import { rawSqlite } from './raw-sqlite.mjs';
import { option } from './servers.mjs';

const server = option('--postgres') ?? 'postgres://postgres@127.0.0.1:5432/postgres';

/** Runs on SQLite (a file, synchronous=FULL) and on PostgreSQL, where a server answers. */
export async function onDatabases(objects, work) {
  const wanted = option('--database');
  for (const make of [sqlite, postgres]) {
    if (wanted !== undefined && wanted !== make.name) continue;
    const database = await make();
    if (database !== undefined) await onDatabase(database, objects, work);
  }
}

async function onDatabase({ title, url, raw, remove }, objects, work) {
  const runtime = createDataRuntime({ driver: new SqlDriver({ url }) });
  try {
    await runtime.load([{ layer: 'app', files: filesOf(objects) }]);
    await work({ title, url, runtime, raw: await raw() });
  } finally {
    await runtime.close();
    await remove();
  }
}

/** Metadata files of objects given by name. */
export function filesOf(objects) {
  return Object.entries(objects).map(([name, text]) => ({ file: `${name}.object.yml`, text }));
}

function sqlite() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-engine-bench-'));
  const file = path.join(folder, 'bench.sqlite');
  let raw;
  return {
    title: 'SQLite',
    url: `sqlite:${file}`,
    raw: async () => (raw = rawSqlite(file)),
    async remove() {
      await raw?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function postgres() {
  const schema = `bench_${process.pid}`;
  const url = new URL(server);
  url.searchParams.set('schema', schema);
  const raw = rawPostgres(server, schema);
  if (!(await raw.answers())) {
    console.warn(`SKIPPED: PostgreSQL, because ${server} does not answer.`);
    return undefined;
  }
  return {
    title: 'PostgreSQL',
    url: url.href,
    raw: async () => raw,
    async remove() {
      await raw.dropSchema();
      await raw.close();
    },
  };
}
