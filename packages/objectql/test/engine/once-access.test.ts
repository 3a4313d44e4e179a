import type { AccessDecision, AccessOperation, OnceAccess } from '@objectos/spec/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openEngine, user } from './support.js';

type Decide = (operation: AccessOperation) => AccessDecision;

const everything: Decide = () => ({ allowed: true });
const denied: AccessDecision = { allowed: false, reason: 'taken away' };
const readable = (...fields: string[]) => new Set(fields);

let decide: Decide;
let engine: Awaited<ReturnType<typeof openEngine>>;
beforeEach(async () => {
  decide = everything;
  engine = await openEngine({
    access: {
      decide: (_principal, object, operation) =>
        object === 'contact' ? decide(operation) : { allowed: true },
    },
  });
});
afterEach(() => engine.close());

const ctx = user();
const writes: readonly OnceAccess[] = [{ object: 'contact', operations: ['create'] }];

function send(access: readonly OnceAccess[] = writes, as = ctx) {
  const request = { key: 'k', scope: 'POST /contact', fingerprint: 'f', access };
  return engine.once(request, as, (inside) =>
    engine.insert('contact', { name: 'Ada', email: 'ada@example.com' }, inside),
  );
}
const codeOfSecond = async (access?: readonly OnceAccess[], as = ctx) => {
  const second = await send(access, as).catch((error: unknown) => error as { code: string });
  return 'code' in second ? second.code : second.replayed;
};

describe('a stored result', () => {
  it('is told again while nothing was taken away', async () => {
    await send();
    expect(await codeOfSecond()).toBe(true);
    decide = (operation) => (operation === 'delete' ? denied : { allowed: true });
    expect(await codeOfSecond()).toBe(true);
  });

  it('is not told to who may no longer do what it did', async () => {
    await send();
    decide = (operation) => (operation === 'create' ? denied : { allowed: true });
    expect(await codeOfSecond()).toBe('permission_denied');
    decide = everything;
    expect(await codeOfSecond()).toBe(true);
  });

  it('is not told to who may no longer read what it shows', async () => {
    await send();
    decide = (operation) => (operation === 'read' ? denied : { allowed: true });
    expect(await codeOfSecond()).toBe('permission_denied');
  });

  it('is not told when a field of it is hidden by now (idempotency_answer_withheld)', async () => {
    await send();
    decide = () => ({ allowed: true, readable: readable('name') });
    expect(await codeOfSecond()).toBe('idempotency_answer_withheld');
    expect(await engine.count('contact', {}, ctx)).toBe(1);
  });

  it('is told when more is readable than before', async () => {
    decide = () => ({ allowed: true, readable: readable('name', 'email') });
    await send();
    decide = everything;
    expect(await codeOfSecond()).toBe(true);
  });

  it('is not told to a key of the same user that may do less', async () => {
    await send();
    const restriction = { operations: new Set<AccessOperation>(['read']) };
    expect(await codeOfSecond(writes, user({ restriction }))).toBe('permission_denied');
    const elsewhere = user({ restriction: { objects: new Set(['account']) } });
    expect(await codeOfSecond(writes, elsewhere)).toBe('permission_denied');
  });

  it('needs only what was used: an upsert is a create or an update', async () => {
    const either: readonly OnceAccess[] = [
      { object: 'contact', operations: ['create', 'update'] },
      { object: 'account', operations: ['delete'] },
    ];
    decide = (operation) => (operation === 'update' ? denied : { allowed: true });
    await send(either);
    expect(await codeOfSecond(either)).toBe(true);
    decide = () => denied;
    expect(await codeOfSecond(either)).toBe('permission_denied');
  });

  it('is not told while the policy fails', async () => {
    await send();
    decide = () => {
      throw new Error('broken');
    };
    expect(await codeOfSecond()).toBe('access_unavailable');
  });
});
