import {
  metricsService,
  operationObserversPoint,
  definePlugin,
  requestObserversPoint,
  systemContext,
  tracerService,
} from '@objectos/spec/contracts';
import type { OperationObserver, RequestObserver } from '@objectos/spec/contracts';
import { createTestKernel } from '@objectos/testing';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { metricsPlugin } from '../src/index.js';

interface SentSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

const now = () => ({ began: performance.now(), ended: performance.now() });

/** A collector that keeps what it is sent over OTLP, and answers as it is told. */
async function startCollector(answers: number[] = []) {
  const spans: SentSpan[] = [];
  const requests: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const status = answers.shift() ?? 200;
      if (status !== 200) return void response.writeHead(status).end();
      const body = JSON.parse(text) as {
        resourceSpans: { scopeSpans: { spans: SentSpan[] }[] }[];
      };
      for (const { scopeSpans } of body.resourceSpans) {
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  return { spans, requests, endpoint: `http://127.0.0.1:${port}/v1/traces` };
}

async function startTraced(tracing: object) {
  let requests: readonly RequestObserver[] = [];
  let operations: readonly OperationObserver[] = [];
  const host = definePlugin({
    manifest: { id: 'host', version: '1.0.0' },
    setup(ctx) {
      ctx.consume(requestObserversPoint, (all) => {
        requests = all.map(({ value }) => value);
      });
      ctx.consume(operationObserversPoint, (all) => {
        operations = all.map(({ value }) => value);
      });
    },
  });
  const config = { '@objectos/metrics': { process: false, tracing } };
  const kernel = await createTestKernel({
    plugins: [host, metricsPlugin],
    config,
    stopAfterTest: false,
  });
  const tracer = () => kernel.service(tracerService);
  return { kernel, requests: () => requests, operations: () => operations, tracer };
}

it('makes one trace of a request and what happens inside', async () => {
  const { spans, endpoint } = await startCollector();
  const { kernel, requests, operations } = await startTraced({ exporter: 'otlp', endpoint });
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const caller = { traceId, spanId: 'b7ad6b7169203331', sampled: true };
  const request = requests().at(-1)!.started({ method: 'GET', requestId: 'r', trace: caller });
  const about = { object: 'account', operation: 'read', id: undefined, ctx: systemContext('t') };
  const operation = operations()
    .at(-1)!
    .started({ ...about, trace: request.trace });
  operation.finished(now());
  request.finished({ route: '/api/data/:object', status: 200, ...now() });
  const ignored = requests()
    .at(-1)!
    .started({
      method: 'GET',
      requestId: 'r',
      trace: { ...caller, sampled: false },
    });
  operations()
    .at(-1)!
    .started({ ...about, trace: ignored.trace })
    .finished(now());
  ignored.finished({ route: '/', status: 200, ...now() });
  await kernel.stop();

  expect(spans.map(({ name }) => name).sort()).toEqual(['GET /api/data/:object', 'read account']);
  const [outer, inner] = [
    spans.find(({ name }) => name.startsWith('GET'))!,
    spans.find(({ name }) => name.startsWith('read'))!,
  ];
  expect(outer).toMatchObject({ traceId, parentSpanId: caller.spanId });
  expect(inner).toMatchObject({ traceId, parentSpanId: outer.spanId });
});

it('follows nothing but metrics when no exporter is set', async () => {
  const { kernel, requests, operations } = await startTraced({});
  expect([requests().length, operations().length]).toEqual([1, 1]);
  const observed = requests()[0]!.started({ method: 'GET', requestId: 'r', trace: undefined });
  expect(observed.trace).toBeUndefined();
  observed.finished({ route: '/', status: 200, ...now() });
  await kernel.stop();
});

it('writes a span as the protocol has it, whatever is in it', async () => {
  const { spans, requests: sent, endpoint } = await startCollector();
  const headers = { 'api-key': 'abc' };
  const { kernel, requests, tracer } = await startTraced({ exporter: 'otlp', endpoint, headers });
  const before = Date.now();
  const request = requests()
    .at(-1)!
    .started({ method: 'GET', requestId: 'a"b\\ü\n😀', trace: undefined });
  const attributes = { text: 'ä "quoted"', whole: 3, part: 0.5, yes: true };
  const failing = tracer().start({
    name: 'größe "x"',
    kind: 'client',
    trace: request.trace,
    attributes,
  });
  failing.end(new TypeError('not told'));
  tracer().start({ name: 'plain', trace: request.trace }).end();
  request.finished({ route: '/api', status: 503, ...now() });
  await kernel.stop();
  const after = Date.now();

  const [call, plain, outer] = spans;
  expect(call).toMatchObject({
    name: 'größe "x"',
    kind: 3,
    parentSpanId: outer!.spanId,
    status: { code: 2, message: 'TypeError' },
  });
  expect(Object.fromEntries(call!.attributes.map(({ key, value }) => [key, value]))).toEqual({
    text: { stringValue: 'ä "quoted"' },
    whole: { intValue: '3' },
    part: { doubleValue: 0.5 },
    yes: { boolValue: true },
  });
  expect(plain).toMatchObject({ name: 'plain', kind: 1, attributes: [], status: {} });
  expect(outer).toMatchObject({ name: 'GET /api', kind: 2, status: { code: 2 } });
  expect(outer).not.toHaveProperty('parentSpanId');
  expect(outer!.attributes).toContainEqual({
    key: 'objectos.request_id',
    value: { stringValue: 'a"b\\ü\n😀' },
  });
  for (const { traceId, spanId, startTimeUnixNano: begin, endTimeUnixNano: end } of spans) {
    expect([traceId, /^[0-9a-f]{16}$/.test(spanId)]).toEqual([outer!.traceId, true]);
    expect([begin.length, end.length]).toEqual([19, 19]);
    expect(Number(begin) / 1e6).toBeGreaterThan(before - 1_000);
    expect(Number(begin)).toBeLessThanOrEqual(Number(end));
    expect(Number(end) / 1e6).toBeLessThan(after + 1_000);
  }
  expect(sent[0]).toMatchObject({ 'api-key': 'abc', 'content-type': 'application/json' });
});

it('records a share of the traces that begin here, and none or all of each', async () => {
  const { spans, endpoint } = await startCollector();
  const sample = 0.25;
  const { kernel, requests, operations } = await startTraced({
    exporter: 'otlp',
    endpoint,
    sample,
  });
  const ids = new Set<string>();
  for (let index = 0; index < 4_000; index += 1) {
    const request = requests().at(-1)!.started({ method: 'GET', requestId: 'r', trace: undefined });
    ids.add(request.trace!.traceId);
    const about = { object: 'a', operation: 'read', id: undefined, ctx: systemContext('t') };
    operations()
      .at(-1)!
      .started({ ...about, trace: request.trace })
      .finished(now());
    request.finished({ route: '/', status: 200, ...now() });
  }
  await kernel.stop();
  expect(ids.size).toBe(4_000);
  const traces = new Set(spans.map(({ traceId }) => traceId));
  // Fourteen standard deviations around 1,000.
  expect(traces.size).toBeGreaterThan(600);
  expect(traces.size).toBeLessThan(1_400);
  expect(spans).toHaveLength(2 * traces.size);
});

it('sends in batches, and again what the collector could not take yet', async () => {
  const { spans, requests: sent, endpoint } = await startCollector([503]);
  const { kernel, tracer } = await startTraced({ exporter: 'otlp', endpoint });
  for (let index = 0; index < 3_000; index += 1) {
    tracer().start({ name: 'step', trace: undefined }).end();
  }
  await expect.poll(() => spans.length).toBeGreaterThan(0);
  await kernel.stop();
  expect(spans).toHaveLength(3_000);
  expect(sent.length).toBeLessThan(12);
});

it('drops and counts what a collector refuses, and says so once', async () => {
  const { endpoint } = await startCollector(Array<number>(50).fill(400));
  const { kernel, tracer } = await startTraced({ exporter: 'otlp', endpoint });
  for (let index = 0; index < 3_000; index += 1) {
    tracer().start({ name: 'step', trace: undefined }).end();
  }
  const text = () => kernel.service(metricsService).text();
  await expect.poll(text).toMatch(/objectos_trace_spans_total\{result="dropped"\} [1-9]/);
  await kernel.stop();
  const warnings = kernel.logs.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(1);
});
