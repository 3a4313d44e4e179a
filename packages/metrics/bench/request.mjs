// What metrics and tracing add to a request: processor time of a server that answers the same requests
// without the plugin, with it, and with tracing on (to a collector that takes all). Build first.
// Run: `node packages/metrics/bench/request.mjs [rounds]`.
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
import { metricsPlugin } from '../dist/index.js';

const VARIANTS = ['none', 'metrics', 'tracing'];
const REQUESTS = 2_000;
const CONNECTIONS = 10;
const NOTE = 'name: note\nlabel: Note\npluralLabel: Notes\nfields:\n  title: { type: text }\n';

if (process.argv[2] === 'serve') await serve(process.argv[3], process.argv[4]);
else await compare(Number(process.argv[2] ?? 15));

/** The server under measurement, in a process of its own. */
async function serve(variant, endpoint) {
  const tracing = variant === 'tracing' ? { exporter: 'otlp', endpoint } : {};
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
      ...(variant === 'none' ? [] : [{ plugin: metricsPlugin, config: { tracing } }]),
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

async function compare(rounds) {
  const sink = createServer((incoming, answer) => {
    incoming.resume();
    incoming.on('end', () => answer.end('{}'));
  });
  await new Promise((resolve) => sink.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${sink.address().port}/v1/traces`;
  const servers = [];
  for (const variant of VARIANTS) servers.push(await start(variant, endpoint));
  for (const [name, target] of [
    ['get', (id) => `/api/data/note/${id}`],
    ['list of 20', () => '/api/data/note?top=20'],
  ]) {
    for (const server of servers) await load(server, target);
    const times = servers.map(() => []);
    for (let round = 0; round < rounds; round += 1) {
      for (const [at, server] of servers.entries()) times[at].push(await load(server, target));
    }
    const [none, metrics, tracing] = times.map(median);
    const more = (time) => `${(((time - none) / none) * 100).toFixed(1)} %`;
    console.log(
      `${name}: ${none.toFixed(1)} us of processor time without; metrics +${more(metrics)}; metrics and tracing +${more(tracing)}`,
    );
  }
  stepWithoutTracer();
  for (const { child } of servers) {
    child.removeAllListeners('exit');
    child.kill();
  }
  sink.close();
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
  console.log(`a step without a tracer: +${(step - plain).toFixed(1)} ns`);
}

function start(variant, endpoint) {
  const child = fork(fileURLToPath(import.meta.url), ['serve', variant, endpoint]);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  return new Promise((resolve) => {
    child.once('message', (about) => resolve({ ...about, child, agent }));
    child.once('exit', (code) => process.exit(code ?? 1));
  });
}

/** Sends the requests of a round; microseconds of processor time of the server per request. */
async function load(server, target) {
  const before = await usage(server);
  let left = REQUESTS;
  const client = async () => {
    while (left > 0) {
      left -= 1;
      await get(server, target(server.id));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  const after = await usage(server);
  return (after.user + after.system - before.user - before.system) / REQUESTS;
}

function usage({ child }) {
  return new Promise((resolve) => {
    child.once('message', ({ cpu }) => resolve(cpu));
    child.send('usage');
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

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
