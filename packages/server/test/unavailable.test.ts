import { createError } from '@objectos/spec/errors';
import { definePlugin } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { startServer } from './support.js';

it('a database that is away for a moment is a 503 that says when to come back', async () => {
  const away = definePlugin({
    manifest: { id: 'away', version: '1.0.0' },
    setup(ctx) {
      ctx.hook('data.record.beforeInsert', () => {
        throw createError('driver_unavailable', { driver: 'postgres', reason: 'it was stopped' });
      });
    },
  });
  const server = await startServer({ plugins: [away] });
  const answer = await server.call('POST', '/api/data/account', { body: { name: 'A' } });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.body).toMatchObject({ error: { code: 'driver_unavailable', retryable: true } });
});
