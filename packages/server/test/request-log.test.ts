import { definePlugin, routesPoint } from '@objectos/spec/contracts';
import { describe, expect, it } from 'vitest';
import { startServer } from './support.js';

const failing = definePlugin({
  manifest: { id: 'failing', version: '1.0.0' },
  setup: (ctx) => {
    for (const path of ['/api/failing-links/:token', '/api/failing-links/:object/:id/:secret']) {
      ctx.contribute(routesPoint, {
        method: 'GET',
        path,
        access: 'authenticated',
        handler: () => Promise.reject(new Error('broken')),
      });
    }
    ctx.contribute(routesPoint, {
      method: 'GET',
      path: '/api/failing/:id',
      access: 'authenticated',
      handler: () => Promise.reject(new Error('broken')),
    });
  },
});

async function requestsOf(config: Record<string, unknown>) {
  const { kernel, call } = await startServer({ plugins: [failing], config });
  await call('GET', '/api/data/account?search=canary');
  await call('GET', '/api/failing/7?token=canary');
  await call('GET', '/readyz', { token: null });
  await expect
    .poll(() => kernel.logs.some(({ fields }) => fields['code'] === 'internal_error'))
    .toBe(true);
  const lines = () =>
    kernel.logs.filter(({ fields }) => 'milliseconds' in fields && 'route' in fields);
  return { kernel, lines };
}

describe('the log of requests', () => {
  it('tells what failed, by default, without what stood in the URL', async () => {
    const { kernel, lines } = await requestsOf({});
    await expect.poll(lines).toHaveLength(1);
    const [line] = lines();
    expect(line?.fields).toMatchObject({
      method: 'GET',
      route: '/api/failing/:id',
      status: 500,
      userId: 'startup-token',
    });
    const failure = kernel.logs.find(({ fields }) => fields['code'] === 'internal_error');
    expect(failure?.fields['requestId']).toBe(line?.fields['requestId']);
    expect(failure?.fields).toMatchObject({ userId: 'startup-token', route: '/api/failing/:id' });
    expect(JSON.stringify(kernel.logs)).not.toContain('canary');
  });

  it('tells the route of a link, and never the token in its path', async () => {
    const { kernel, call } = await startServer({
      plugins: [failing],
      config: { requestLog: 'all', slowRequestMs: 0 },
    });
    await call('GET', '/api/failing-links/canary-1?signature=canary-2');
    await call('GET', '/api/failing-links/deal/d1/canary-3');
    await call('GET', '/api/failing-lines/canary-4');
    await call('GET', '/canary-5', { token: null });
    await expect
      .poll(() => kernel.logs.filter(({ fields }) => 'milliseconds' in fields && 'route' in fields))
      .toHaveLength(4);
    const paths = kernel.logs.flatMap(({ fields }) => ('path' in fields ? [fields['path']] : []));
    expect(paths).toEqual(['/api/failing-links/:token', '/api/failing-links/deal/d1/:secret']);
    expect(JSON.stringify(kernel.logs)).not.toContain('canary');
  });

  it('tells what was slow', async () => {
    const { lines } = await requestsOf({ slowRequestMs: 0 });
    await expect.poll(() => lines().map(({ message }) => message)).toContain('request was slow');
  });

  it('tells everything, or nothing, when asked to', async () => {
    const all = await requestsOf({ requestLog: 'all' });
    await expect
      .poll(() => all.lines().map(({ fields }) => fields['route']))
      .toEqual(['/api/data/:object', '/api/failing/:id', '/readyz']);
    const none = await requestsOf({ requestLog: 'none' });
    expect(none.lines()).toEqual([]);
  });
});
