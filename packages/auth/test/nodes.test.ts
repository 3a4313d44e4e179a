import { broadcastService, definePlugin } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { PASSWORD, startAuthServer } from './support/server.js';

it('tells other nodes what changed, and forgets what they tell', async () => {
  const told: [string, string][] = [];
  const heard = new Map<string, (message: string) => void>();
  const hub = definePlugin({
    manifest: { id: 'hub', version: '1.0.0' },
    provides: [broadcastService],
    setup(ctx) {
      ctx.provide(broadcastService, {
        shared: true,
        publish: (topic, message) => void told.push([topic, message]),
        subscribe(topic, handler) {
          heard.set(topic, handler);
          return () => void heard.delete(topic);
        },
      });
    },
  });
  const { user, kernel } = await startAuthServer({ plugins: [hub] });
  const somebody = await user();
  const { principal } = (await somebody.get('/api/who-am-i')).body as {
    principal: { sessionId: string };
  };
  expect(() => heard.get('auth.changed')?.(principal.sessionId)).not.toThrow();
  expect((await somebody.get('/api/who-am-i')).status).toBe(200);
  await somebody.post('/api/auth/sign-out');
  expect(told).toContainEqual(['auth.changed', principal.sessionId]);
  told.length = 0;
  await somebody.post('/api/auth/sign-in/email', { email: somebody.email, password: PASSWORD });
  await somebody.post('/api/auth/update-user', { name: 'Other' });
  await kernel.idle();
  expect(told).toContainEqual(['auth.changed', somebody.id]);
  expect(heard.size).toBe(1);
});
