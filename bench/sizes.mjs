// `pnpm bench:sizes`: reads of the engine on a large table beside the same on one of 10,000 records, one
// at a time and in turn, on SQLite and on PostgreSQL where a server answers. `--large 1000000`,
// `--postgres postgres://…` (default 127.0.0.1), `--database sqlite`, `--seconds 1`, `--rounds 3`. Build
// first. Prints Markdown; `--write` puts it into docs/benchmarks-engine.md.
import process from 'node:process';
import { onDatabases } from './databases.mjs';
import { ctx } from './engine-data.mjs';
import { inTurn } from './measure.mjs';
import { conditions, ENGINE_PAGE, writeSection } from './report.mjs';
import { option } from './servers.mjs';

const SMALL = 10_000;
const large = Number(option('--large') ?? 1_000_000);
const GOAL = 2;
const CONTACT = `fields:
  name: { type: text }
  email: { type: email }
  status: { type: select, options: [{ value: open }, { value: won }, { value: lost }] }
  amount: { type: currency }
indexes:
  - fields: [status, name]
`;
const PAGE = {
  where: { op: 'eq', field: 'status', value: 'open' },
  orderBy: [{ field: 'name', direction: 'asc' }],
  limit: 20,
  count: 'none',
};
const lines = [];

await onDatabases({ few: CONTACT, many: CONTACT }, async ({ title, runtime, raw }) => {
  const { engine } = runtime;
  for (const [table, rows] of Object.entries({ few: SMALL, many: large })) {
    await raw.script(fillSql(title, table, rows));
  }
  await raw.analyze();
  say(`### ${title}\n\n| read | ms on ${SMALL} | ms on ${large} | factor | goal |`);
  say('|---|---|---|---|---|');
  for (const [name, read] of Object.entries(await reads(engine))) {
    const [few, many] = await inTurn([() => read('few', SMALL), () => read('many', large)]);
    const times = `${few.toFixed(2)} | ${many.toFixed(2)} | ${(many / few).toFixed(2)}x`;
    say(`| ${name} | ${times} | ${GOAL}x |`);
  }
  say('');
});

if (process.argv.includes('--write')) {
  const made = `Made by \`pnpm bench:sizes --write\` (one at a time and in turn, medians; ${conditions()}).`;
  writeSection(ENGINE_PAGE, ENGINE_PAGE.sections[2], `${made}\n\n${lines.join('\n')}`);
}

async function reads(engine) {
  const middle = {
    few: await cursorInMiddle(engine, 'few', SMALL),
    many: await cursorInMiddle(engine, 'many', large),
  };
  return {
    'get by id': (table, rows) => engine.get(table, idOf(Math.floor(Math.random() * rows)), ctx),
    'list 20 by an index': (table) => engine.find(table, PAGE, ctx),
    'page by cursor in the middle': (table) =>
      engine.find(table, { ...PAGE, cursor: middle[table] }, ctx),
  };
}

/** Walks there as a client does; a cursor is good for pages of any size. */
async function cursorInMiddle(engine, table, rows) {
  let cursor = '';
  const limit = 1000;
  for (let seen = 0; seen < rows / 6; seen += limit) {
    const page = await engine.find(table, { ...PAGE, limit, cursor }, ctx);
    cursor = page.next;
  }
  return cursor;
}

function idOf(n) {
  return `c${String(n).padStart(8, '0')}`;
}

/** The records as the engine would have written them, in one statement. */
function fillSql(title, table, rows) {
  const [padded, numbers] =
    title === 'SQLite'
      ? [
          `printf('%08d', n)`,
          `WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ${rows})`,
        ]
      : [`lpad(n::text, 8, '0')`, `WITH numbers AS (SELECT generate_series(0, ${rows - 1}) AS n)`];
  return `INSERT INTO ${table} (id, name, email, status, amount, created_at, updated_at, revision)
    ${numbers} SELECT 'c' || ${padded}, 'Person ' || ${padded}, 'm' || n || '@example.com',
      CASE n % 3 WHEN 0 THEN 'open' WHEN 1 THEN 'won' ELSE 'lost' END, n % 1000 + 0.25,
      '2026-01-31T09:30:00.000Z', '2026-01-31T09:30:00.000Z', 1 FROM numbers`;
}

function say(line) {
  lines.push(line);
  console.log(line);
}
