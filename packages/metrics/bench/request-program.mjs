// The server of `request.mjs`, and who sends it requests.
import {
  createKernel,
  dataEngineService,
  httpServerService,
  inSpan,
  systemContext,
} from '@objectos/kernel';
import { createNodeCarrier } from '@objectos/kernel/node';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { serverPlugin } from '@objectos/plugin-server';
import { fork } from 'node:child_process';
import { Agent, createServer, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { conditions, SERVER_PAGE, writeSection } from '../../../bench/report.mjs';
import { metricsPlugin } from '../src/index.ts';

const VARIANTS = {
  none: undefined,
  metrics: {},
  tenth: { exporter: 'otlp', sample: 0.1 },
  all: { exporter: 'otlp', sample: 1 },
};
/** Requests of each kind until the compiler has done its work, and those of each turn after that. */
const WARM_UP = 16_000;
const REQUESTS = 500;
const TURNS = 40;
const CONNECTIONS = 10;
const NOTE = 'name: note\nlabel: Note\npluralLabel: Notes\nfields:\n  title: { type: text }\n';

const TARGETS = {
  get: (id) => `/api/data/note/${id}`,
  'list of 20': () => '/api/data/note?top=20',
};

if (process.argv[2] === 'serve') await serve(process.argv[3], process.argv[4]);
else await compare(Number(process.argv[2] ?? 4));

/** The server under measurement, in a process of its own. */
async function serve(variant, endpoint) {
  const carrier = createNodeCarrier();
  const files = [{ file: 'objects/note.object.yml', text: NOTE }];
  const kernel = createKernel({
    carrier,
    plugins: [
      objectqlPlugin({
        driver: new SqlDriver({ url: 'sqlite::memory:' }),
        carrier,
        applicationFiles: () => Promise.resolve(files),
      }),
      { plugin: serverPlugin, config: { port: 0 } },
      ...metricsOf(VARIANTS[variant], endpoint),
    ],
  });
  await kernel.boot();
  const engine = kernel.service(dataEngineService);
  const ctx = systemContext('bench');
  const notes = [];
  for (let index = 0; index < 100; index += 1) notes.push({ title: `Note ${index}` });
  const [first] = await Promise.all(notes.map((note) => engine.insert('note', note, ctx)));
  const { url, startupToken } = kernel.service(httpServerService);
  process.on('message', () => process.send({ cpu: process.cpuUsage() }));
  process.send({ url, token: startupToken, id: first.id });
}

function metricsOf(tracing, endpoint) {
  if (tracing === undefined) return [];
  const config = { tracing: tracing.exporter === undefined ? {} : { ...tracing, endpoint } };
  return [{ plugin: metricsPlugin, config }];
}

async function compare(rounds) {
  const sink = createServer((incoming, answer) => {
    incoming.resume();
    incoming.on('end', () => answer.end('{}'));
  });
  await new Promise((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${sink.address().port}/v1/traces`;
  const measured = [];
  for (let round = 0; round < rounds; round += 1) measured.push(await measure(endpoint));
  const lines = Object.keys(TARGETS).map((target) => {
    const more = (variant) =>
      spread(measured.map((times) => times[variant][target] / times.none[target] - 1));
    const [, without] = quarters(measured.map(({ none }) => none[target]));
    console.log(
      `${target}: ${without.toFixed(1)} us of processor time without; metrics ${more('metrics')}; and tracing of a tenth ${more('tenth')}, of all ${more('all')}`,
    );
    return `| ${target} | ${without.toFixed(0)} | ${more('metrics')} | ${more('tenth')} | ${more('all')} |`;
  });
  const step = stepWithoutTracer();
  if (process.argv.includes('--write')) write(rounds, lines, step);
  sink.close();
}

/**
 * Microseconds of processor time for each kind of request, by variant: of servers that live only for
 * this and are asked in turns. Told is the quieter quarter of the turns.
 */
async function measure(endpoint) {
  const variants = Object.keys(VARIANTS);
  const servers = {};
  for (const variant of variants) servers[variant] = await start(variant, endpoint);
  const times = Object.fromEntries(variants.map((variant) => [variant, {}]));
  for (const [name, target] of Object.entries(TARGETS)) {
    const each = Object.fromEntries(variants.map((variant) => [variant, []]));
    for (const variant of variants) await load(servers[variant], target, WARM_UP);
    for (let turn = 0; turn < TURNS; turn += 1) {
      for (const variant of turns(turn))
        each[variant].push(await load(servers[variant], target, REQUESTS));
    }
    for (const variant of variants) [times[variant][name]] = quarters(each[variant]);
  }
  for (const { child, agent } of Object.values(servers)) {
    child.removeAllListeners('exit');
    child.kill();
    agent.destroy();
  }
  return times;
}

function write(rounds, lines, step) {
  const text = `Processor time of four servers that are asked in turns: without the plugin, with it, with traces of a tenth of
the requests, and of all. Each round takes fresh ones; told is the median of the rounds, and their quarters. A step
(statement, hook, call) without a tracer pays ${step}.

Made by \`node packages/metrics/bench/request.mjs ${rounds} --write\` (${TURNS} turns of ${REQUESTS} requests after ${WARM_UP}; ${conditions()}).

| request | without, µs | metrics | metrics and a tenth of the traces | metrics and all traces |
|---|---|---|---|---|
${lines.join('\n')}
`;
  writeSection(SERVER_PAGE, 'What metrics and traces add', text);
}

/** Each variant is first as often as the others, so that none always comes after the same one. */
function turns(round) {
  const names = Object.keys(VARIANTS);
  return names.map((_, turn) => names[(round + turn) % names.length]);
}

/** What each step (statement, hook, call) pays while nobody traces. */
function stepWithoutTracer() {
  const work = () => 1;
  const span = { name: 'x', trace: undefined };
  const time = (run) => {
    for (let index = 0; index < 1e6; index += 1) run();
    const begin = performance.now();
    for (let index = 0; index < 5e6; index += 1) run();
    return ((performance.now() - begin) / 5e6) * 1e6;
  };
  const plain = time(work);
  const step = time(() => inSpan(undefined, span, work));
  const more = `+${(step - plain).toFixed(1)} ns`;
  console.log(`a step without a tracer: ${more}`);
  return more;
}

function start(variant, endpoint) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', variant, endpoint], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  return new Promise((resolve) => {
    child.once('message', (about) => resolve({ ...about, child, agent }));
    child.once('exit', (code) => process.exit(code ?? 1));
  });
}

/** Sends requests; microseconds of processor time of the server for each. */
async function load(server, target, count) {
  const before = await used(server);
  let left = count;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await get(server, target(server.id));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const after = await used(server);
  return (after.user + after.system - before.user - before.system) / count;
}

/** The processor time that a server has used. */
function used({ child }) {
  return new Promise((resolve) => {
    child.once('message', ({ cpu }) => resolve(cpu));
    child.send({});
  });
}

function get({ url, token, agent }, path) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` };
    request(url + path, { agent, headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`answered ${answer.statusCode}`));
      answer.resume();
      answer.on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}

/** The quarters of values. */
function quarters(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((part) => sorted[Math.floor(sorted.length * part)]);
}

function spread(values) {
  const [low, middle, high] = quarters(values).map((share) => (share * 100).toFixed(1));
  return `${middle.startsWith('-') ? '' : '+'}${middle} % (${low} to ${high})`;
}
