import { systemContext, type ExecutionContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { describe, expect, it } from 'vitest';
import { createLogger, HIDDEN, redactText, type LoggerOptions } from '../src/logger/index.js';

function logged(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  const logger = createLogger({ destination, level: 'info', format: 'json', ...options });
  return {
    logger,
    lines,
    last: () => JSON.parse(lines.at(-1) ?? '{}') as Record<string, unknown>,
  };
}

describe('the log', () => {
  it('is one JSON object a line, from its level on', () => {
    const { logger, lines, last } = logged();
    logger.debug({}, 'unseen');
    logger.child({ plugin: 'crm' }).info({ invoice: 'INV-7' }, 'sent');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(last()).toMatchObject({ level: 'info', plugin: 'crm', invoice: 'INV-7', msg: 'sent' });
    expect(Date.parse(String(last()['time']))).not.toBeNaN();
  });

  it('tells the request, tenant, user and trace of what runs', () => {
    const context: ExecutionContext = {
      ...systemContext('x'),
      principal: { kind: 'user', id: 'ada', tenantId: 't1', roles: [], fingerprint: 'f' },
      requestId: 'r1',
      trace: { traceId: 'abc', spanId: 'def' },
    };
    let current: ExecutionContext | undefined = context;
    const { logger, last } = logged({ context: () => current });
    logger.info({}, 'inside');
    expect(last()).toMatchObject({
      requestId: 'r1',
      tenantId: 't1',
      userId: 'ada',
      traceId: 'abc',
    });
    logger.info({ requestId: 'own' }, 'inside');
    expect(last()).toMatchObject({ requestId: 'own', userId: 'ada' });
    current = undefined;
    logger.info({}, 'outside');
    expect(last()).not.toHaveProperty('requestId');
  });

  it('holds no secret, wherever it stands', () => {
    const canary = 'c4n4ry-s3cr3t';
    const { logger, lines } = logged();
    const error = new Error(`cannot reach postgres://app:${canary}@db:5432/app`);
    const places: Record<string, unknown>[] = [
      { password: canary },
      { client_secret: canary, 'api-key': canary, accessToken: canary, dsn: canary },
      { deep: { er: [{ newPassword: canary }] } },
      { headers: { authorization: `Bearer ${canary}`, 'x-custom': canary, cookie: canary } },
      { headers: new Headers({ 'x-api-key': canary }) },
      { url: `https://x.test/?a=1&reset_token=${canary}` },
      { url: `https://x.test/api/auth/reset-password/${canary}?a=1` },
      { note: `GET /api/v1/notifications/unsubscribe/${canary} failed` },
      { url: new URL(`redis://:${canary}@cache:6379`) },
      { error },
      { error: new Error('outer', { cause: error }) },
      { body: Buffer.from(canary) },
      { code: 'x', note: `Authorization: Bearer ${canary}` },
    ];
    for (const place of places) {
      logger.error(place, 'failed');
      logger.child(place).error({}, 'failed');
    }
    logger.error({}, `failed with Bearer ${canary}`);
    expect(lines).toHaveLength(places.length * 2 + 1);
    expect(lines.filter((line) => line.includes(canary))).toEqual([]);
    expect(lines.filter((line) => line.includes(HIDDEN)).length).toBe(lines.length - 2);
  });

  it('keeps what is no secret', () => {
    const { logger, last } = logged();
    const plain = {
      primaryKey: 'id',
      tokens: 3,
      monkey: 'x',
      url: 'https://crm.example.com/api/data/account?top=3',
      headers: { 'content-type': 'text/csv' },
      at: new Date(0),
      big: 10n,
    };
    logger.info(plain, 'kept');
    expect(last()).toMatchObject({ ...plain, at: '1970-01-01T00:00:00.000Z', big: '10' });
  });

  it('bears what is deep, long, circular or odd', () => {
    const circular: Record<string, unknown> = { name: 'loop' };
    circular['self'] = circular;
    const { logger, lines } = logged();
    logger.info({ circular, list: Array(1_000).fill(1), run: () => 1, map: new Map() }, 'odd');
    expect(lines[0]?.length).toBeLessThan(2_000);
    expect(redactText('x'.repeat(20_000)).length).toBeLessThan(9_000);
  });

  it('tells the code, the message, the stack and the cause of an error', () => {
    const { logger, last } = logged();
    const cause = new TypeError('lost');
    logger.error({ error: createError('job_not_found', { id: '7' }, { cause }) }, 'failed');
    expect(last()['error']).toMatchObject({
      code: 'job_not_found',
      message: expect.stringContaining('7') as string,
      stack: expect.stringContaining('logger.test.ts') as string,
      cause: { name: 'TypeError', message: 'lost' },
    });
  });
});

describe('the log for people', () => {
  it('is a line with its fields, and the stack of an error below', () => {
    const { logger, lines } = logged({ format: 'line' });
    logger.warn({ object: 'account', rows: 3 }, 'slow');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}slow object=account rows=3\n$/);
    logger.error({ error: new Error('outer', { cause: new Error('inner') }) }, 'failed');
    expect(lines[1]).toMatch(
      /error failed error=outer\n {2}Error: outer\n[^]*caused by Error: inner/,
    );
  });

  it('has colours on a terminal only', () => {
    const { logger, lines } = logged({ format: 'line', colour: true });
    logger.info({}, 'hello');
    expect(lines[0]).toContain('\u001b[36minfo \u001b[0m hello');
  });
});
