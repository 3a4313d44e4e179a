// `pnpm bench:scale`: what grows with the amount of metadata and plugins, of a built tree.
// Boot and a request with 10 and with 1,000 objects of 20 fields, 100 plugins in the kernel, and
// the time from a save to the changed answer under `objectos dev`. Prints a Markdown table.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import autocannon from 'autocannon';
import { createKernel, definePlugin } from '../packages/kernel/dist/index.js';
import {
  cpuMicroseconds,
  killAll,
  median,
  option,
  request,
  startObjectOS,
  startProgram,
  stop,
  token,
} from './servers.mjs';

const seconds = Number(option('--seconds') ?? 3);
const rounds = Number(option('--rounds') ?? 3);
const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-scale-'));

try {
  const rows = [
    ...(await manyObjects()),
    ['100 plugins, kernel time', `${await manyPlugins()} ms`, '200 ms'],
    ['save to changed answer under `objectos dev`', `${await reload()} ms`, '1,000 ms'],
  ];
  console.log('\n| | measured | goal |\n|---|---|---|');
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
} finally {
  killAll();
  rmSync(folder, { recursive: true, force: true });
}

async function manyObjects() {
  const few = await withObjects(10);
  const many = await withObjects(1_000);
  const load = Math.round(many.loaded - few.loaded);
  const share = ((100 * many.cpu) / few.cpu).toFixed(0);
  return [
    ['start with 10 objects of 20 fields', `${few.loaded} ms`, ''],
    ['start with 1,000 objects of 20 fields', `${many.loaded} ms`, ''],
    ['990 objects more', `${load} ms`, '3,000 ms'],
    ['CPU of get by id with 10 objects', `${few.cpu.toFixed(0)} µs`, ''],
    ['the same with 1,000 objects', `${many.cpu.toFixed(0)} µs (${share} %)`, 'about 100 %'],
  ];
}

/** Starts twice, so that the second start finds the tables; loads the last object with gets. */
async function withObjects(count) {
  const application = path.join(folder, `objects-${count}`);
  mkdirSync(path.join(application, 'objects'), { recursive: true });
  for (let index = 0; index < count; index += 1) {
    writeFileSync(
      path.join(application, 'objects', `thing_${index}.object.yml`),
      objectFile(index),
    );
  }
  const database = `sqlite:${path.join(folder, `objects-${count}.sqlite`)}`;
  const last = `/api/data/thing_${count - 1}`;
  await stop(await startObjectOS(application, database, last));
  const server = await startObjectOS(application, database, last);
  const made = await request(server.url, last, { method: 'POST', body: '{"text_1":"a"}' });
  const { id } = (await made.json()).data;
  const target = { method: 'GET', path: `${last}/${id}` };
  const costs = [];
  for (let round = 0; round <= rounds; round += 1) costs.push(await costOf(server, target));
  await stop(server);
  return { loaded: server.milliseconds, cpu: median(costs.slice(1)) };
}

function objectFile(index) {
  const types = ['text', 'number', 'date', 'boolean', 'email'];
  const fields = Array.from({ length: 20 }, (_, field) => {
    const type = types[field % types.length];
    return `  ${type}_${field + 1}:\n    type: ${type}\n    label: Field ${field + 1}\n`;
  });
  fields[0] = '  text_1:\n    type: text\n    required: true\n';
  return `name: thing_${index}\nlabel: Thing ${index}\nfields:\n${fields.join('')}nameField: text_1\n`;
}

async function costOf(server, target) {
  const before = cpuMicroseconds(server.child.pid);
  const result = await autocannon({
    url: server.url,
    connections: 10,
    duration: seconds,
    headers: { authorization: `Bearer ${token}` },
    requests: [target],
  });
  if (result.non2xx > 0) throw new Error(`${target.path}: ${result.non2xx} answers were not 2xx`);
  return (cpuMicroseconds(server.child.pid) - before) / result.requests.total;
}

/** One service and one event handler each, every plugin but the first depends on the one before. */
async function manyPlugins() {
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    const plugins = Array.from({ length: 100 }, (_, index) =>
      definePlugin({
        manifest: {
          id: `plugin-${index}`,
          version: '1.0.0',
          ...(index === 0 ? {} : { dependencies: { [`plugin-${index - 1}`]: '^1.0.0' } }),
        },
        setup(ctx) {
          ctx.on('kernel.ready', () => undefined);
        },
      }),
    );
    const kernel = createKernel({ plugins });
    const begin = performance.now();
    await kernel.boot();
    times.push(performance.now() - begin);
    await kernel.stop();
  }
  return Math.round(median(times));
}

async function reload() {
  const application = path.join(folder, 'reload');
  mkdirSync(path.join(application, 'objects'), { recursive: true });
  const file = path.join(application, 'objects', 'note.object.yml');
  const source = readFileSync('examples/minimal/objects/note.object.yml', 'utf8');
  writeFileSync(file, source);
  const server = await startProgram([
    'packages/cli/bin/objectos.js',
    'dev',
    application,
    ...['--port', '0', '--database', `sqlite:${path.join(folder, 'reload.sqlite')}`, '--json'],
  ]);
  const times = [];
  for (let round = 0; round < 5; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const label = `Note ${round}`;
    const begin = performance.now();
    writeFileSync(file, source.replace('label: Note\n', `label: ${label}\n`));
    while (!(await labelIs(server.url, label))) {
      if (performance.now() - begin > 20_000) throw new Error('the change never arrived');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    times.push(performance.now() - begin);
  }
  await stop(server);
  return Math.round(median(times));
}

async function labelIs(url, label) {
  const answer = await request(url, '/api/metadata/objects/note');
  return answer.ok && (await answer.text()).includes(`"${label}"`);
}
