// `pnpm bench:engine`: operations of the engine beside raw SQL on the same database, interleaved in
// the same run, on SQLite (a file, synchronous=FULL) and on PostgreSQL where a server answers.
// `--postgres postgres://…` (default 127.0.0.1), `--database sqlite`, `--rows 10000`, `--seconds 1`,
// `--rounds 3`, `--only list`. Build first. Prints Markdown; `--write` puts it into
// docs/benchmarks-engine.md.
import process from 'node:process';
import { onDatabases } from './databases.mjs';
import { fill, OBJECTS } from './engine-data.mjs';
import { importRows, quotas, rollUps } from './engine-features.mjs';
import { scenarios } from './engine-scenarios.mjs';
import { compare, EFFORT, TABLE_HEAD, tableRow } from './measure.mjs';
import { conditions, ENGINE_PAGE, writeSection } from './report.mjs';
import { option } from './servers.mjs';

const rows = Number(option('--rows') ?? 10_000);
const only = option('--only');
const operations = [];
const features = [];

await onDatabases(OBJECTS, async ({ title, url, runtime, raw }) => {
  const { engine } = runtime;
  await fill(engine, rows);
  await raw.prepareSearch();
  await raw.analyze();
  say(operations, `### ${title}, ${rows} contacts\n\n${TABLE_HEAD}`);
  for (const scenario of scenarios(engine, raw, rows)) {
    if (only === undefined || scenario.name.includes(only)) {
      say(operations, tableRow(await compare(scenario)));
    }
  }
  say(operations, '');
  if (only !== undefined && only !== 'features') return;
  say(features, `### ${title}\n`);
  for (const measured of [await rollUps(runtime), await quotas(url), await importRows(runtime)]) {
    say(features, `- ${measured}`);
  }
  say(features, '');
});

if (process.argv.includes('--write')) write();

function say(lines, line) {
  lines.push(line);
  console.log(line);
}

function write() {
  const made = `Made by \`pnpm bench:engine --write\` (${EFFORT}; ${conditions()}).`;
  const [main, added] = ENGINE_PAGE.sections;
  writeSection(ENGINE_PAGE, main, `${made}\n\n${operations.join('\n')}`);
  writeSection(ENGINE_PAGE, added, `One at a time.\n\n${features.join('\n')}`);
}
