import { definePlugin, routesPoint, type Route } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { startServer } from './support.js';

function contributing(...routes: Route[]) {
  return definePlugin({
    manifest: { id: 'contributor', version: '1.0.0' },
    setup: (ctx) => {
      for (const route of routes) ctx.contribute(routesPoint, route);
    },
  });
}

function route(method: Route['method'], path: string, handler: Route['handler']): Route {
  return { method, path, access: 'authenticated', handler };
}

describe('contributed routes', () => {
  it('are not run when the client asks for a dry run, which nobody could undo', async () => {
    let ran = false;
    const handler = () => {
      ran = true;
      return new Response('');
    };
    const { call } = await startServer({
      plugins: [contributing(route('POST', '/api/act', handler))],
    });
    const answer = await call('POST', '/api/act', { headers: { prefer: 'dry-run' } });
    expect(answer.body.code).toBe('option_not_supported');
    expect(ran).toBe(false);
  });

  it('get a web-standard request and the context, and answer with a web-standard response', async () => {
    const plugin = contributing(
      route('POST', '/api/echo/:name', async (request, ctx) => {
        const headers = new Headers({
          'x-echo': request.headers.get('x-given') ?? '',
          'content-type': 'text/plain',
        });
        headers.append('set-cookie', 'a=1');
        headers.append('set-cookie', 'b=2');
        const { pathname, search } = new URL(request.url);
        const told = {
          name: ctx.params['name'],
          principal: ctx.principal.id,
          requestId: ctx.requestId,
          locale: ctx.locale,
          origin: ctx.origin,
          url: pathname + search,
          body: await request.text(),
        };
        return new Response(JSON.stringify(told), { status: 202, headers });
      }),
    );
    const { call } = await startServer({ plugins: [plugin] });
    const answer = await call('POST', '/api/echo/a%20b?x=1', {
      body: { any: ['thing'] },
      headers: {
        'x-given': 'yes',
        'accept-language': 'de',
        'x-request-id': 'r-1',
        'user-agent': 'me',
      },
    });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({
      name: 'a b',
      principal: 'startup-token',
      requestId: 'r-1',
      locale: 'de',
      origin: { ip: '127.0.0.1', userAgent: 'me', surface: 'http' },
      url: '/api/echo/a%20b?x=1',
      body: '{"any":["thing"]}',
    });
    expect(answer.headers.get('x-echo')).toBe('yes');
    expect(answer.headers.get('content-type')).toBe('text/plain');
    expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('take bodies of any type as they come, but no hostile JSON and nothing too large', async () => {
    const plugin = contributing(
      route('POST', '/api/raw', async (request) => {
        const bytes = new Uint8Array(await request.arrayBuffer());
        return Response.json([...bytes]);
      }),
    );
    const { call, url, token } = await startServer({ plugins: [plugin] });
    const send = (body: string | Uint8Array<ArrayBuffer>, type: string) =>
      fetch(`${url}/api/raw`, {
        method: 'POST',
        body,
        headers: { 'content-type': type, authorization: `Bearer ${token}` },
      });
    const bytes = new Uint8Array([0, 255, 10]);
    expect(await (await send(bytes, 'application/octet-stream')).json()).toEqual([0, 255, 10]);
    expect(await (await send('a=1', 'application/x-www-form-urlencoded')).json()).toEqual([
      97, 61, 49,
    ]);
    expect(await (await call('POST', '/api/raw')).body).toEqual([]);
    expect((await send('{"__proto__":1}', 'application/json')).status).toBe(400);
    expect((await send('{', 'application/json')).status).toBe(400);
    expect((await send(new Uint8Array(1024 * 1024 + 1), 'image/png')).status).toBe(413);
  });

  it('need a credential, also for HEAD', async () => {
    const plugin = contributing(route('GET', '/api/secret', () => new Response('secret')));
    const { call } = await startServer({ plugins: [plugin] });
    expect((await call('GET', '/api/secret')).text).toBe('secret');
    const head = await call('HEAD', '/api/secret');
    expect(head.status).toBe(200);
    expect(head.text).toBe('');
    for (const [method, path] of [
      ['GET', '/api/secret'],
      ['HEAD', '/api/secret'],
      ['GET', '/api/secret/'],
      ['GET', '//api/secret'],
      ['GET', '/api/%73ecret'],
    ] as const) {
      expect((await call(method, path, { token: null })).status, path).toBe(401);
    }
  });

  it('come and go while the server runs', async () => {
    const server = await startServer();
    const path = '/api/come-and-go';
    expect((await server.call('GET', path)).status).toBe(404);
    await server.kernel.add(contributing(route('GET', path, () => new Response('here'))));
    expect((await server.call('GET', path)).text).toBe('here');
    await server.kernel.disable('contributor');
    expect((await server.call('GET', path)).status).toBe(404);
    for (let round = 0; round < 20; round += 1) {
      await server.kernel.enable('contributor');
      expect((await server.call('GET', path)).status).toBe(200);
      await server.kernel.disable('contributor');
    }
    expect((await server.call('GET', path)).status).toBe(404);
  });

  it('stream', async () => {
    const plugin = contributing(
      route('GET', '/api/stream', () => {
        const stream = new ReadableStream({
          start(controller) {
            for (const part of ['one ', 'two ', 'three'])
              controller.enqueue(new TextEncoder().encode(part));
            controller.close();
          },
        });
        return new Response(stream);
      }),
    );
    const { call } = await startServer({ plugins: [plugin] });
    expect((await call('GET', '/api/stream')).text).toBe('one two three');
  });

  it('fail in the words of the catalogue, and tell no secret', async () => {
    const plugin = contributing(
      route('GET', '/api/refuse', () => {
        throw createError('permission_denied', { object: 'job', operation: 'retry', reason: 'no' });
      }),
      route('GET', '/api/break', () => Promise.reject(new Error('password: hunter2'))),
    );
    const { call, kernel } = await startServer({ plugins: [plugin] });
    expect((await call('GET', '/api/refuse')).body.code).toBe('permission_denied');
    const broken = await call('GET', '/api/break', { headers: { 'x-request-id': 'find-me' } });
    expect(broken.status).toBe(500);
    expect(broken.body.code).toBe('internal_error');
    expect(broken.text).not.toContain('hunter2');
    const entry = kernel.logs.find((log) => log.fields['requestId'] === 'find-me');
    expect(String(entry?.fields['error'])).toContain('hunter2');
    expect(entry?.fields).toMatchObject({ method: 'GET', path: '/api/break' });
  });

  it('are given links to our own origin, whatever the Host header says', async () => {
    const plugin = contributing(
      route('GET', '/api/origin', (request) => new Response(new URL(request.url).origin)),
    );
    const { call, url } = await startServer({ plugins: [plugin] });
    const headers = { host: 'evil.example.com', 'x-forwarded-host': 'evil.example.com' };
    expect((await call('GET', '/api/origin', { headers })).text).toBe(new URL(url).origin);
    const publicUrl = 'https://crm.example.com';
    const named = await startServer({ plugins: [plugin], config: { publicUrl } });
    expect((await named.call('GET', '/api/origin')).text).toBe(publicUrl);
  });

  it('that are public but not in the checked-in list stop the boot, by name', async () => {
    const open = {
      ...route('GET', '/api/open', () => new Response('open')),
      access: 'public' as const,
    };
    await expect(startServer({ plugins: [contributing(open)] })).rejects.toThrow('/api/open');
  });

  it('that go wrong at run time leave the others alone', async () => {
    const good = contributing(route('GET', '/api/good', () => new Response('good')));
    const server = await startServer({ plugins: [good] });
    const bad = definePlugin({
      manifest: { id: 'bad-contributor', version: '1.0.0' },
      setup: (ctx) => {
        ctx.contribute(
          routesPoint,
          route('GET', '/api/good', () => new Response('stolen')),
        );
      },
    });
    await server.kernel.add(bad).catch(() => undefined);
    expect((await server.call('GET', '/api/good')).text).toBe('good');
    const entry = server.kernel.logs.find((log) => log.fields['code'] === 'route_invalid');
    expect(entry?.message).toContain('bad-contributor');
  });
});

describe('contributed routes that read their body as it arrives', () => {
  const streaming = (handler: Route['handler']): Route => ({
    ...route('PUT', '/api/stream', handler),
    body: 'stream',
  });

  it('get it whatever its type and length, and past the limit of other bodies', async () => {
    const plugin = contributing(
      streaming(async (request, ctx) => {
        let bytes = 0;
        for await (const chunk of request.body ?? []) bytes += (chunk as Uint8Array).length;
        return Response.json({
          bytes,
          minutes: Math.round(((ctx.deadline ?? 0) - Date.now()) / 6e4),
        });
      }),
    );
    const { url, token } = await startServer({
      plugins: [plugin],
      config: { limits: { bodyBytes: 1024 } },
    });
    const body = Buffer.alloc(3_000_000, '{');
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${url}/api/stream`, { method: 'PUT', headers, body });
    expect(await answer.json()).toEqual({ bytes: 3_000_000, minutes: 10 });
    expect(answer.headers.get('connection')).not.toBe('close');
    const none = await fetch(`${url}/api/stream`, { method: 'PUT', headers });
    expect(await none.json()).toMatchObject({ bytes: 0 });
  });

  it('run before the body is there, and close the connection when they leave some of it', async () => {
    const plugin = contributing(
      streaming(() => {
        throw createError('permission_denied', { object: 'x', operation: 'y', reason: 'no' });
      }),
    );
    const { url, token } = await startServer({ plugins: [plugin] });
    // The rest of this body never comes.
    const answer = await new Promise<unknown>((resolve, reject) => {
      const request = http.request(`${url}/api/stream`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${token}`, 'content-length': '1000' },
      });
      request.on('response', ({ statusCode, headers }) => {
        resolve({ status: statusCode, connection: headers.connection });
        request.destroy();
      });
      request.on('error', reject);
      request.write('some of it');
    });
    expect(answer).toEqual({ status: 403, connection: 'close' });
  });

  it('ask who it is first', async () => {
    const { url } = await startServer({
      plugins: [contributing(streaming(() => new Response('')))],
    });
    const answer = await fetch(`${url}/api/stream`, { method: 'PUT', body: 'x' });
    expect(answer.status).toBe(401);
  });
});
