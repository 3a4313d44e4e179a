import { outboundPlugin } from '@objectos/outbound';
import { databaseService } from '@objectql/core/plugin';
import {
  createDecipheriv,
  createECDH,
  createPublicKey,
  hkdfSync,
  randomBytes,
  verify,
} from 'node:crypto';
import { expect, it } from 'vitest';
import { subscribe } from '../src/push/store.js';
import { serve } from './servers.js';
import { call, ctx, databases, dealWon, principal, start } from './support.js';

const users = [{ id: 'ada', tenantId: 'acme' }];

/** A browser of a test: its keys, and what it does with a message (RFC 8291, RFC 8188). */
function browser() {
  const ecdh = createECDH('prime256v1');
  const publicKey = ecdh.generateKeys();
  const secret = randomBytes(16);
  return {
    keys: { p256dh: publicKey.toString('base64url'), auth: secret.toString('base64url') },
    open(body: Buffer): unknown {
      const salt = body.subarray(0, 16);
      const sender = body.subarray(21, 21 + body[20]!);
      const content = body.subarray(21 + body[20]!);
      const hkdf = (key: Buffer, use: Buffer, salting: Buffer, length: number) =>
        Buffer.from(hkdfSync('sha256', key, salting, use, length));
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, sender]);
      const key = hkdf(ecdh.computeSecret(sender), info, secret, 32);
      const cek = hkdf(key, Buffer.from('Content-Encoding: aes128gcm\0'), salt, 16);
      const nonce = hkdf(key, Buffer.from('Content-Encoding: nonce\0'), salt, 12);
      const decipher = createDecipheriv('aes-128-gcm', cek, nonce);
      decipher.setAuthTag(content.subarray(-16));
      const padded = Buffer.concat([decipher.update(content.subarray(0, -16)), decipher.final()]);
      return JSON.parse(padded.subarray(0, padded.lastIndexOf(2)).toString());
    },
  };
}

async function pushing(allow: string[] = ['127.0.0.1']) {
  const started = await start({
    url: await databases['SQLite']!(),
    users,
    plugins: [outboundPlugin],
    settings: { '@objectos/outbound': { allow } },
    config: {
      topics: [{ ...dealWon, channels: ['push'] }],
      origin: 'https://crm.example.com',
      from: 'CRM <crm@example.com>',
    },
  });
  const { service, kernel, routes } = started;
  const database = kernel.service(databaseService);
  return {
    add: (endpoint: string, keys: { p256dh: string; auth: string }) =>
      database.transaction(ctx, (session) =>
        subscribe(session, {
          user_id: 'ada',
          endpoint,
          ...keys,
          name: null,
          created_at: new Date().toISOString(),
        }),
      ),
    emit: async (given: object = {}) => {
      const audience = { users: ['ada'] };
      const { id } = await service.emit(
        { topic: 'deal.won', audience, payload: { name: 'Ümläut', id: 7 }, ...given },
        ctx,
      );
      return () => service.deliveries({ notificationId: id });
    },
    as: (method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown, id = 'ada') =>
      call(routes, { method, path: `/api/notifications${path}`, body, as: principal(id, 'acme') }),
  };
}

it('encrypts for the browser and signs for its push service', async () => {
  const ada = browser();
  const service = await serve((_request, response) =>
    response.writeHead(201, { location: '/message/1' }).end(),
  );
  const { add, emit, as } = await pushing();
  await add(`${service.url}/push/1`, ada.keys);
  const log = await emit({ severity: 'critical' });
  await expect.poll(log).toMatchObject([{ state: 'sent', providerId: '/message/1' }]);
  const [{ headers, body, path }] = service.received as [(typeof service.received)[0]];
  expect(path).toBe('/push/1');
  expect(headers).toMatchObject({
    'content-encoding': 'aes128gcm',
    ttl: '86400',
    urgency: 'high',
  });
  expect(ada.open(body)).toMatchObject({
    topic: 'deal.won',
    title: 'Won: Ümläut',
    body: 'Ümläut won',
    url: 'https://crm.example.com/deals/7',
  });
  const [, token = '', key = ''] = /^vapid t=([^,]+), ?k=(.+)$/.exec(headers.authorization ?? '')!;
  expect(key).toBe((await as('GET', '/devices/key')).publicKey);
  const [head, claims = '', signature = ''] = token.split('.');
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
    aud: service.url,
    sub: 'mailto:crm@example.com',
  });
  const point = Buffer.from(key, 'base64url');
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  const publicKey = {
    key: createPublicKey({ key: jwk, format: 'jwk' }),
    dsaEncoding: 'ieee-p1363' as const,
  };
  const signed = Buffer.from(`${head}.${claims}`);
  expect(verify('sha256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
});

it('forgets a browser that is gone, and tries again when the service is busy', async () => {
  const answers = [410, 503];
  const service = await serve((_request, response) =>
    response.writeHead(answers.shift() ?? 201).end(),
  );
  const { add, emit, as } = await pushing();
  await add(`${service.url}/push/1`, browser().keys);
  await expect
    .poll(await emit())
    .toMatchObject([{ state: 'failed', error: { code: 'subscription_gone' } }]);
  expect(await as('GET', '/devices')).toEqual({ devices: [] });
  await expect.poll(await emit()).toMatchObject([{ state: 'skipped', cause: 'no_address' }]);
  await add(`${service.url}/push/2`, browser().keys);
  await expect
    .poll(await emit())
    .toMatchObject([{ state: 'waiting', attempt: 1, error: { code: 'push_503' } }]);
});

it('is not led into a private network by a subscription', async () => {
  const inside = await serve((_request, response) => response.end());
  const { add, emit } = await pushing([]);
  await add(`${inside.url}/push/1`, browser().keys);
  await expect
    .poll(await emit())
    .toMatchObject([{ state: 'failed', error: { code: 'outbound_blocked' } }]);
  expect(inside.received).toEqual([]);
});

it('takes the subscriptions of browsers, each for one user', async () => {
  const { as } = await pushing();
  const { keys } = browser();
  const token = (change: object = {}) =>
    JSON.stringify({
      endpoint: 'https://push.example.com/1',
      keys,
      expirationTime: null,
      ...change,
    });
  const added = await as('POST', '/devices', { token: token(), platform: 'web', name: 'Laptop' });
  expect(added).toMatchObject({ success: true });
  expect(await as('GET', '/devices')).toMatchObject({
    devices: [{ deviceId: added.deviceId, name: 'Laptop' }],
  });
  expect(await as('DELETE', `/devices/${added.deviceId}`, undefined, 'bob')).toEqual({
    success: false,
  });
  // The same browser, signed in as somebody else.
  expect(await as('POST', '/devices', { token: token(), platform: 'web' }, 'bob')).toEqual(added);
  expect(await as('GET', '/devices')).toEqual({ devices: [] });
  expect(await as('DELETE', `/devices/${added.deviceId}`, undefined, 'bob')).toEqual({
    success: true,
  });
  const refused = async (body: object) =>
    expect(await as('POST', '/devices', body)).toEqual({ code: 'push_subscription_invalid' });
  await refused({ token: 'fcm-token', platform: 'web' });
  await refused({ token: token(), platform: 'ios' });
  await refused({ token: token({ endpoint: 'http://push.example.com' }), platform: 'web' });
  await refused({ token: token({ keys: { ...keys, auth: 'short' } }), platform: 'web' });
});
