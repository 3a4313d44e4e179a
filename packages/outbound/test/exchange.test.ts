import { outboundService } from '@objectos/spec/contracts';
import { createTestKernel } from '@objectos/testing';
import net, { type AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { outboundPlugin } from '../src/index.js';
import { codeOf, outboundWith, serve } from './support.js';

const HERE = {
  'here.test': ['127.0.0.1'],
  'there.test': ['127.0.0.1'],
  'evil.test': ['127.0.0.1'],
};
const allow = ['here.test', 'there.test'];
const { service } = outboundWith(HERE, { allow, maxBytes: 1_000, timeout: 10_000 });

it('sends method, headers and body, and answers status, headers and body', async () => {
  const { port, received } = await serve((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json', 'x-two': ['a', 'b'] });
    response.end('{"ä":1}');
  });
  const answer = await service.request(`http://here.test:${port}/hook?x=1`, {
    method: 'post',
    headers: { 'Content-Type': 'text/plain', 'X-Own': 'yes' },
    body: 'grüße',
  });
  expect(received).toMatchObject([{ method: 'POST', url: '/hook?x=1', body: 'grüße' }]);
  expect(received[0]?.headers).toMatchObject({
    host: `here.test:${port}`,
    'x-own': 'yes',
    'content-length': '7',
    'accept-encoding': 'identity',
  });
  expect(answer).toMatchObject({
    status: 404,
    ok: false,
    url: `http://here.test:${port}/hook?x=1`,
  });
  expect(answer.headers.get('x-two')).toBe('a, b');
  expect(answer.text()).toBe('{"ä":1}');
  expect(answer.json()).toEqual({ ä: 1 });
});

it('keeps the headers of the connection to itself', async () => {
  const { port, received } = await serve();
  await service.request(`http://here.test:${port}/`, {
    method: 'POST',
    headers: { Host: 'evil.test', 'Transfer-Encoding': 'chunked', 'Content-Length': '99' },
    body: 'abc',
  });
  expect(received).toMatchObject([
    { body: 'abc', headers: { host: `here.test:${port}`, 'content-length': '3' } },
  ]);
  const broken = [
    service.request(`http://here.test:${port}/`, { method: 'GET / HTTP/1.1\r\nX: y\r\n\r\nGET' }),
    service.request(`http://here.test:${port}/`, { headers: { x: 'a\r\nb: c' } }),
  ];
  for (const work of await Promise.allSettled(broken)) expect(work.status).toBe('rejected');
  expect(received).toHaveLength(1);
});

it('follows no redirect unless asked to', async () => {
  const { port, received } = await serve((_request, response) =>
    response.writeHead(302, { location: '/next' }).end(),
  );
  const url = `http://here.test:${port}/`;
  await expect(service.request(url)).rejects.toMatchObject({ code: 'outbound_redirected' });
  expect(received).toHaveLength(1);
  await expect(service.request(url, { maxRedirects: 3 })).rejects.toThrow('more than 3');
  expect(received).toHaveLength(5);
});

it('checks every hop of a redirect', async () => {
  const canary = await serve();
  const targets = [
    `http://evil.test:${canary.port}/`,
    `http://127.0.0.1:${canary.port}/`,
    `//2130706433:${canary.port}/`,
    'http://169.254.169.254/latest/meta-data/',
  ];
  for (const location of targets) {
    const { port } = await serve((_request, response) =>
      response.writeHead(307, { location }).end(),
    );
    const work = service.request(`http://here.test:${port}/`, { maxRedirects: 5 });
    await expect(work, location).rejects.toMatchObject({ code: 'outbound_blocked' });
  }
  const { port } = await serve((_request, response) =>
    response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  );
  const work = service.request(`http://here.test:${port}/`, { maxRedirects: 5 });
  await expect(work).rejects.toMatchObject({ code: 'outbound_url_invalid' });
  expect(canary.received).toEqual([]);
});

it('takes credentials and body to another origin no further than it must', async () => {
  const last = await serve();
  let status = 302;
  const first = await serve((_request, response) =>
    response.writeHead(status, { location: `http://there.test:${last.port}/` }).end(),
  );
  const send = () =>
    service.request(`http://here.test:${first.port}/`, {
      method: 'POST',
      headers: { authorization: 'Bearer x', cookie: 'a=b', 'content-type': 'text/plain' },
      body: 'secret',
      maxRedirects: 1,
    });
  const answer = await send();
  status = 307;
  await send();
  expect(answer.url).toBe(`http://there.test:${last.port}/`);
  expect(last.received).toMatchObject([
    { method: 'GET', body: '' },
    { method: 'POST', body: 'secret' },
  ]);
  for (const { headers } of last.received) {
    expect(headers).not.toHaveProperty('authorization');
    expect(headers).not.toHaveProperty('cookie');
  }
});

it('reads no more than the limit, told or not', async () => {
  const told = await serve((_request, response) => {
    response.writeHead(200, { 'content-length': '1001' });
    response.end('x'.repeat(1_001));
  });
  const endless = await serve((_request, response) => {
    const more = (): void => {
      if (!response.destroyed) response.write('x'.repeat(500), () => setImmediate(more));
    };
    more();
  });
  const exact = await serve((_request, response) => response.end('x'.repeat(1_000)));
  for (const { port } of [told, endless]) {
    const work = service.request(`http://here.test:${port}/`, { maxBytes: 1_000_000 });
    await expect(work).rejects.toMatchObject({ code: 'outbound_too_large' });
  }
  expect((await service.request(`http://here.test:${exact.port}/`)).bytes).toHaveLength(1_000);
  const less = service.request(`http://here.test:${exact.port}/`, { maxBytes: 999 });
  await expect(less).rejects.toMatchObject({ code: 'outbound_too_large' });
});

it('waits no longer than it may, whatever the server does', async () => {
  const silent = await serve(() => undefined);
  const dripping = await serve((_request, response) => {
    const drip = setInterval(() => response.write('x'), 5);
    response.on('close', () => clearInterval(drip));
  });
  for (const { port } of [silent, dripping]) {
    const work = service.request(`http://here.test:${port}/`, { timeout: 60 });
    await expect(work).rejects.toMatchObject({ code: 'outbound_timeout' });
  }
  const never = outboundWith({}, { timeout: 60 });
  const hung = never.service.request('http://unknown.test/', { timeout: 1e9 });
  expect(['outbound_timeout', 'outbound_failed']).toContain(await codeOf(hung));
});

it('gives up when the caller does, with the reason of the caller', async () => {
  const { port } = await serve(() => undefined);
  const caller = new AbortController();
  const work = service.request(`http://here.test:${port}/`, { signal: caller.signal });
  caller.abort(new Error('no longer wanted'));
  await expect(work).rejects.toThrow('no longer wanted');
  const late = service.request(`http://here.test:${port}/`, { signal: caller.signal });
  await expect(late).rejects.toThrow('no longer wanted');
});

it('says what went wrong, and no address', async () => {
  const unknown = service.request('http://unknown.test/');
  await expect(unknown).rejects.toThrow('the name is not known');
  const closed = service.request('http://here.test:1/');
  await expect(closed).rejects.toMatchObject({ code: 'outbound_failed' });
  await expect(closed).rejects.not.toThrow('127.0.0.1');
  const { port } = await serve();
  await expect(service.request(`https://here.test:${port}/`)).rejects.toMatchObject({
    code: 'outbound_failed',
  });
  const html = await service.request(`http://here.test:${port}/`);
  expect(() => html.json()).toThrow('no JSON');
});

it('does not take half an answer for a whole one', async () => {
  const server = net.createServer((socket) => {
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const work = service.request(`http://here.test:${port}/`);
  await expect(work).rejects.toMatchObject({ code: 'outbound_failed' });
});

it('is a plugin that logs what it refuses', async () => {
  const { port } = await serve();
  const kernel = await createTestKernel({
    plugins: [outboundPlugin],
    config: { '@objectos/outbound': { allow: [`localhost:${port}`] } },
  });
  const outbound = kernel.service(outboundService);
  expect((await outbound.request(`http://localhost:${port}/`)).text()).toBe('hello');
  await expect(outbound.request(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({
    code: 'outbound_blocked',
    status: 403,
  });
  expect(kernel.logs).toContainEqual(
    expect.objectContaining({
      level: 'warn',
      fields: expect.objectContaining({ code: 'outbound_blocked' }) as unknown,
    }),
  );
});

it('keeps nothing open of 300 calls that fail', async () => {
  const silent = await serve((request) => request.socket.destroy());
  const { port } = await serve();
  const { service: hurried } = outboundWith(HERE, { allow, timeout: 5_000, maxBytes: 1_000 });
  const calls = Array.from({ length: 300 }, (_, index) =>
    codeOf(
      index % 3 === 0
        ? hurried.request(`http://evil.test:${port}/`)
        : hurried.request(`http://here.test:${index % 3 === 1 ? silent.port : 1}/`),
    ),
  );
  expect(new Set(await Promise.all(calls))).toEqual(
    new Set(['outbound_blocked', 'outbound_failed']),
  );
  const open = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap');
  await expect.poll(() => open().length).toBe(0);
  expect((await hurried.request(`http://here.test:${port}/`)).text()).toBe('hello');
});
