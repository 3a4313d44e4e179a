import { systemContext, type ExecutionContext, type Logger } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { createTestKernel } from '@objectos/testing';
import { definePlugin, metricsService } from '@objectos/spec/contracts';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { metricsPlugin } from '../src/index.js';

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- read freely in assertions
  readonly parts: readonly any[];
}

/** An error tracker that keeps what it is sent. */
async function startTracker(answer: { status: number } = { status: 200 }) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const parts = text.split('\n').map((line) => JSON.parse(line) as unknown);
      received.push({ path: request.url ?? '', headers: request.headers, parts });
      response.writeHead(answer.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  return { received, dsn: `http://publickey@127.0.0.1:${String(port)}/tracker/42` };
}

async function startReporting(errors: object) {
  let logger: Logger | undefined;
  let current: ExecutionContext | undefined;
  const crm = definePlugin({
    manifest: { id: 'crm', version: '1.0.0' },
    setup(ctx) {
      logger = ctx.logger;
      ctx.on('kernel.ready', () => Promise.reject(new TypeError('a handler broke')));
    },
  });
  const kernel = await createTestKernel({
    plugins: [metricsPlugin, crm],
    config: { '@objectos/metrics': { process: false, errors } },
    carrier: {
      run: (ctx, work) => {
        current = ctx;
        try {
          return work();
        } finally {
          current = undefined;
        }
      },
      current: () => current,
    },
  });
  const carried = (ctx: ExecutionContext, work: () => void) => {
    current = ctx;
    work();
    current = undefined;
  };
  return { kernel, logger: logger!, carried };
}

it('reports what is logged as an error, with its request, to the tracker of the DSN', async () => {
  const { received, dsn } = await startTracker();
  const { logger, carried, kernel } = await startReporting({ dsn, environment: 'test' });
  await expect.poll(() => received.length).toBe(1);
  expect(received[0]).toMatchObject({
    path: '/tracker/api/42/envelope/',
    headers: {
      'content-type': 'application/x-sentry-envelope',
      'x-sentry-auth': expect.stringContaining('sentry_key=publickey') as string,
    },
  });
  expect(received[0]?.parts[2]).toMatchObject({
    environment: 'test',
    exception: { values: [{ type: 'TypeError', value: 'a handler broke' }] },
    tags: { plugin: 'crm' },
  });

  const context = {
    ...systemContext('x', { requestId: 'r7', tenantId: 't1' }),
    trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
  };
  const cause = new Error('connect postgres://app:c4n4ry@db/app');
  const error = createError('driver_unavailable', { driver: 'sqlite', reason: 'gone' }, { cause });
  carried(context, () => logger.error({ error, password: 'c4n4ry' }, 'cannot save'));
  logger.warn({}, 'no report');
  await expect.poll(() => received.length).toBe(2);
  const [header, item, event] = received[1]?.parts ?? [];
  expect(item).toEqual({ type: 'event' });
  expect(header.event_id).toMatch(/^[0-9a-f]{32}$/);
  expect(event).toMatchObject({
    event_id: header.event_id,
    platform: 'node',
    level: 'error',
    message: 'cannot save',
    exception: { values: [{ type: 'Error' }, { type: 'driver_unavailable' }] },
    tags: { plugin: 'crm', code: 'driver_unavailable', request_id: 'r7' },
    user: { id: 'x', tenant: 't1' },
    contexts: { trace: { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) } },
  });
  const frames = event.exception.values[1].stacktrace.frames as { filename: string }[];
  expect(frames.at(-1)?.filename).toMatch(/\.ts$/);
  expect(JSON.stringify(received)).not.toContain('c4n4ry');
  expect(await kernel.service(metricsService).text()).toContain(
    'objectos_error_reports_total{result="sent"} 2',
  );
});

it('leaves a tracker alone that takes nothing, and fails nobody', async () => {
  const { received, dsn } = await startTracker({ status: 429 });
  const { logger, kernel } = await startReporting({ dsn });
  await expect
    .poll(() => kernel.service(metricsService).text())
    .toContain('objectos_error_reports_total{result="failed"} 1');
  for (let round = 0; round < 50; round += 1) logger.error({}, 'again');
  await kernel.stop();
  expect(received).toHaveLength(1);
  expect(kernel.logs.filter(({ level }) => level === 'warn')).toHaveLength(1);
});

it.each(['nonsense', 'ftp://key@host/1', 'https://host/1', 'https://key@host/'])(
  'refuses the DSN %s',
  async (dsn) => {
    const failure = await startReporting({ dsn }).catch((error: unknown) => error);
    const codes: unknown[] = [];
    for (let at = failure; at instanceof Error; at = at.cause) {
      codes.push((at as { code?: unknown }).code);
    }
    expect(codes).toContain('error_tracking_invalid');
  },
);
