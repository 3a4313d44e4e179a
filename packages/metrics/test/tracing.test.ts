import {
  operationObserversPoint,
  definePlugin,
  requestObserversPoint,
  systemContext,
} from '@objectos/spec/contracts';
import type { OperationObserver, RequestObserver } from '@objectos/spec/contracts';
import { createTestKernel } from '@objectos/testing';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { metricsPlugin } from '../src/index.js';

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

/** A collector that keeps what it is sent over OTLP. */
async function startCollector() {
  const spans: SentSpan[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
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
  return { spans, endpoint: `http://127.0.0.1:${port}/v1/traces` };
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
  return { kernel, requests: () => requests, operations: () => operations };
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
  operation.finished({});
  request.finished({ route: '/api/data/:object', status: 200 });
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
    .finished({});
  ignored.finished({ route: '/', status: 200 });
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
  observed.finished({ route: '/', status: 200 });
  await kernel.stop();
});
