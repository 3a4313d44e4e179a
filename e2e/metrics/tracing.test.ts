import { jobsPlugin } from '@objectos/jobs';
import { metricsPlugin } from '@objectos/metrics';
import { outboundPlugin } from '@objectos/outbound';
import { serverPlugin } from '@objectos/plugin-server';
import {
  definePlugin,
  httpServerService,
  jobsService,
  outboundService,
} from '@objectos/spec/contracts';
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { bootApplication, exampleFolder } from '../examples/boot-application.js';

interface SentSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())));
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

/** A collector of OpenTelemetry that keeps the spans it is sent. */
async function startCollector() {
  const spans: SentSpan[] = [];
  const address = await listen((request, response) => {
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
  return { spans, endpoint: `http://${address}/v1/traces` };
}

/** Enqueues a job for each new note; the job calls another server. */
const caller = (target: string) =>
  definePlugin({
    manifest: { id: 'caller', version: '1.0.0' },
    deps: { jobs: jobsService, outbound: outboundService },
    setup(ctx, { jobs, outbound }) {
      ctx.hook('data.record.afterInsert', async ({ ctx: inner }) => {
        await jobs.enqueue('tell', {}, inner);
      });
      jobs.handle('tell', async () => {
        await outbound.request(`http://${target}/told`, { method: 'POST', body: '{}' });
      });
    },
  });

it('is one trace from the request to the call of another server by a job', async () => {
  const { spans, endpoint } = await startCollector();
  const told: IncomingHttpHeaders[] = [];
  const target = await listen((request, response) => {
    told.push(request.headers);
    response.end('{}');
  });
  const kernel = await bootApplication({
    folder: exampleFolder('minimal'),
    plugins: [
      { plugin: serverPlugin, config: { port: 0 } },
      { plugin: metricsPlugin, config: { tracing: { exporter: 'otlp', endpoint } } },
      { plugin: outboundPlugin, config: { allow: ['127.0.0.1'] } },
      jobsPlugin,
      caller(target),
    ],
  });
  const { url, startupToken = '' } = kernel.service(httpServerService);
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const created = await fetch(`${url}/api/data/note`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${startupToken}`,
      'content-type': 'application/json',
      traceparent: `00-${traceId}-b7ad6b7169203331-01`,
    },
    body: JSON.stringify({ title: 'canary' }),
  });
  expect(created.status).toBe(201);
  await expect.poll(() => told.length).toBe(1);
  await kernel.stop();

  const ours = spans.filter((span) => span.traceId === traceId);
  const path = (span: SentSpan | undefined): string[] =>
    span === undefined
      ? []
      : [...path(ours.find(({ spanId }) => spanId === span.parentSpanId)), span.name];
  const paths = ours.map((span) => path(span).join(' > '));
  const hook = 'POST /api/data/:object > create note';
  expect(paths).toContain(`${hook} > insert note sys_change_log`);
  expect(paths).toContain(`${hook} > hook data.record.afterInsert`);
  const job = paths.find((one) => one.endsWith('> job tell'));
  expect(job?.startsWith(hook)).toBe(true);
  expect(paths).toContain(`${job ?? ''} > POST ${target}`);
  const call = ours.find(({ name }) => name === `POST ${target}`);
  expect(told[0]?.['traceparent']).toBe(`00-${traceId}-${call?.spanId ?? ''}-01`);
  expect(JSON.stringify(spans)).not.toContain('canary');
});
