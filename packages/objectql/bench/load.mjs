// `node packages/objectql/bench/load.mjs [objects] [fields]`: CPU time of loading generated metadata
// (parse, validate, merge, check, compile; no database), cold and as a reload after one saved file.
// Measures the sources as they are: esbuild bundles them first, so no build is needed.
import { build } from 'esbuild';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';

const [objectCount = 1000, fieldCount = 20] = process.argv.slice(2).map(Number);
const core = await bundle();
const files = generate();

const rows = [];
const cold = measure('parse', () => files.map(core.parseSource));
measure('build the snapshot', () => buildAll(cold));
const changed = { ...files[1], text: `${files[1].text}  note: { type: textarea }\n` };
measure('reload with one file changed', () =>
  buildAll(cold.map((source, at) => (at === 1 ? core.parseSource(changed) : source))),
);
const bytes = files.reduce((sum, file) => sum + file.text.length, 0);
console.log(
  `${objectCount} objects x ${fieldCount} fields, ${files.length} files, ${Math.round(bytes / 1024)} KiB, Node ${process.version}`,
);
console.table(rows);

function buildAll(sources) {
  const built = core.buildSnapshot([{ name: 'app', sources }]);
  if (built.problems.length > 0) {
    console.error(core.formatProblems(built.problems.slice(0, 10)));
    process.exit(1);
  }
  return built.snapshot;
}

function measure(step, work) {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  const result = work();
  const used = process.cpuUsage(cpu);
  rows.push({
    step,
    'cpu ms': Math.round((used.user + used.system) / 1000),
    'wall ms': Math.round(performance.now() - start),
    'heap MiB': Math.round(process.memoryUsage().heapUsed / 1024 / 1024),
  });
  return result;
}

function generate() {
  return Array.from({ length: objectCount }, (_, at) => ({
    file: `objects/object_${at}.object.yml`,
    text: objectText(at),
  }));
}

function objectText(at) {
  const fields = Array.from({ length: fieldCount }, (_, index) => fieldText(at, index)).join('');
  return [
    `name: object_${at}\nlabel: Object ${at}\npluralLabel: Objects ${at}\n`,
    'nameField: field_0\ncompactLayout: [field_0, field_1]\n',
    'indexes:\n  - fields: [field_1, field_3]\n',
    'validations:\n',
    '  - name: positive\n    type: script\n    condition: field_1 < 0\n    message: Not below zero\n',
    '  - name: shape\n    type: format\n    field: field_0\n    regex: "[A-Z].*"\n',
    `fields:\n${fields}`,
  ].join('');
}

function fieldText(at, index) {
  const head = `  field_${index}:\n    label: Field ${index}\n`;
  switch (index % 6) {
    case 0:
      return `${head}    type: text\n    required: true\n    maxLength: 120\n`;
    case 1:
      return `${head}    type: number\n    precision: 12\n    scale: 2\n`;
    case 2:
      return `${head}    type: select\n    options:\n      - { value: new, label: New, default: true }\n      - { value: open, label: Open }\n      - { value: closed, label: Closed }\n`;
    case 3:
      return `${head}    type: date\n    index: true\n`;
    case 4:
      return `${head}    type: lookup\n    reference: object_${(at * 7 + index) % objectCount}\n`;
    default:
      return `${head}    type: boolean\n    defaultValue: false\n`;
  }
}

async function bundle() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectql-bench-'));
  const outfile = path.join(folder, 'core.mjs');
  try {
    await build({
      entryPoints: [new URL('../src/index.ts', import.meta.url).pathname],
      conditions: ['@objectos/source'],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      target: 'es2022',
      outfile,
      logLevel: 'error',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
