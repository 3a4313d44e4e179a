import { accessPolicyService, definePlugin, type AccessOperation } from '@objectos/spec/contracts';
import type { Principal } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { authenticatorPlugin, startServer } from './support.js';

const principal: Principal = { kind: 'user', id: 'u', tenantId: null, roles: [], fingerprint: 'f' };
const taken = new Set<AccessOperation>();
const hidden = new Set<string>();
const FIELDS = ['name', 'status', 'website', 'revenue', 'revision'];

/** Everything but what a test took away. */
const policy = definePlugin({
  manifest: { id: 'test-policy', version: '1.0.0' },
  provides: [accessPolicyService],
  setup: (ctx) => {
    ctx.provide(accessPolicyService, {
      decide: (_principal, _object, operation) =>
        taken.has(operation)
          ? { allowed: false, reason: 'taken away' }
          : { allowed: true, readable: new Set(FIELDS.filter((field) => !hidden.has(field))) },
    });
  },
});

it('a repeated request gets no data back that its principal lost in the meantime', async () => {
  const plugins = [policy, authenticatorPlugin({ authenticate: () => principal })];
  const { call } = await startServer({ plugins });
  let serial = 0;
  const send = (method: string, path: string, body?: object) => {
    const headers = { 'idempotency-key': `key-${(serial += 1)}` };
    return () => call(method, path, { body, headers });
  };
  const made = (await call('POST', '/api/data/account', { body: { name: 'A' } })).body.data;
  const path = `/api/data/account/${made.id as string}`;
  const secret = 'canary-91f2';
  const update = { operation: 'update', records: [{ id: made.id, data: { revenue: 1 } }] };
  const writes: [AccessOperation, () => ReturnType<typeof call>][] = [
    ['create', send('POST', '/api/data/account', { name: secret })],
    ['create', send('POST', '/api/v1/data/account/createMany', { records: [{ name: secret }] })],
    ['update', send('PATCH', path, { name: secret })],
    ['update', send('PUT', path, { name: `${secret}-2` })],
    ['update', send('POST', '/api/data/account/batch', update)],
    ['create', send('POST', `${path}/clone`, {})],
    [
      'create',
      send('POST', '/api/batch', { operations: [{ object: 'account', data: { name: secret } }] }),
    ],
    ['update', send('POST', '/api/data/account/upsert?by=id', { id: made.id, name: secret })],
    ['delete', send('DELETE', path)],
    ['restore', send('POST', `${path}/restore`)],
  ];
  for (const [operation, write] of writes) {
    const first = await write();
    expect(first.status, `${operation} ${first.text}`).toBeLessThan(300);
    const again = await write();
    expect([again.headers.get('idempotency-replayed'), again.text]).toEqual(['true', first.text]);

    for (const lost of [operation, 'read'] as const) {
      taken.add(lost);
      const refused = await write();
      taken.clear();
      expect([operation, lost, refused.status]).toEqual([operation, lost, 403]);
      expect(refused.text).not.toContain(secret);
      expect(refused.headers.get('idempotency-replayed')).toBeNull();
    }

    hidden.add('name');
    const withheld = await write();
    hidden.clear();
    expect([operation, withheld.status, withheld.body.code]).toEqual([
      operation,
      409,
      'idempotency_answer_withheld',
    ]);
    expect(withheld.text).not.toContain(secret);
  }
});
