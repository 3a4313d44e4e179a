// `node packages/objectql/bench/roll-ups.mjs [writes]`: what roll-up summaries add to a write of a child
// on SQLite, in memory. The same writes run with and without summaries on the parent, in one process.
// Measures the sources as they are: esbuild bundles them first, so no build is needed.
import { build } from 'esbuild';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const writes = Number(process.argv[2] ?? 2000);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const { createObjectQL, SqlDriver } = await bundle();
const ctx = { principal: { kind: 'system', id: 'bench', tenantId: null }, requestId: 'bench' };
const summary = (rest) => `{ type: summary, summaryOperations: { object: line, ${rest} } }`;
const SUMMARIES = {
  none: '',
  'count and sum': `  lines: ${summary('function: count')}\n  total: ${summary('function: sum, field: amount')}\n`,
  'count, sum, min, max, avg': `  lines: ${summary('function: count')}\n  total: ${summary('function: sum, field: amount')}\n  low: ${summary('function: min, field: amount')}\n  high: ${summary('function: max, field: amount')}\n  mean: ${summary('function: avg, field: amount')}\n`,
};

const rows = [];
for (const [kind, text] of Object.entries(SUMMARIES)) rows.push(await measure(kind, text));
const [base] = rows;
for (const row of rows) {
  row['added cpu ms'] = rounded(row['cpu ms per write'] - base['cpu ms per write']);
}
console.log(`${writes} child writes over 20 parents, SQLite in memory, Node ${process.version}`);
console.table(rows);

async function measure(kind, summaries) {
  const driver = new SqlDriver({ url: ':memory:' });
  const objectql = createObjectQL({ driver });
  await objectql.loadSources([
    { file: 'objects/order.object.yml', text: `fields:\n  name: { type: text }\n${summaries}` },
    {
      file: 'objects/line.object.yml',
      text: 'fields:\n  order: { type: lookup, reference: order }\n  amount: { type: currency }\n',
    },
  ]);
  const parents = Array.from({ length: 20 }, (_, at) => ({ id: `o${at}` }));
  await objectql.insertMany('order', parents, ctx, { acceptId: true });
  const write = (at) => objectql.insert('line', { order: `o${at % 20}`, amount: at / 100 }, ctx);
  for (let at = 0; at < 200; at += 1) await write(at);
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  for (let at = 0; at < writes; at += 1) await write(at);
  const [used, spent] = [process.cpuUsage(cpu), performance.now() - start];
  await objectql.close();
  return {
    summaries: kind,
    'wall ms per write': rounded(spent / writes),
    'cpu ms per write': rounded((used.user + used.system) / 1000 / writes),
  };
}

function rounded(ms) {
  return Number(ms.toFixed(3));
}

async function bundle() {
  const folder = path.join(root, 'node_modules/.cache/bench-roll-ups');
  mkdirSync(folder, { recursive: true });
  const outfile = path.join(folder, 'bundle.mjs');
  try {
    await build({
      stdin: {
        contents: `export { createObjectQL } from '@objectql/core'; export { SqlDriver } from '@objectql/driver-sql';`,
        resolveDir: path.join(root, 'packages/objectql'),
      },
      bundle: true,
      format: 'esm',
      platform: 'node',
      conditions: ['@objectos/source'],
      external: ['pg', '@photostructure/sqlite'],
      outfile,
      // A dependency asks for modules of Node by `require`.
      banner: {
        js: `import { createRequire as requireFor } from "node:module"; const require = requireFor(import.meta.url);`,
      },
      logLevel: 'error',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
