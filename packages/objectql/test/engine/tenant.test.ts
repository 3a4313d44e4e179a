import { systemContext } from '@objectos/spec/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectQL } from '../../src/index.js';
import { openEngine, system } from './support.js';

const inA = systemContext('test', { tenantId: 'org-a' });
const inB = systemContext('test', { tenantId: 'org-b' });

let engine: ObjectQL;
beforeEach(async () => {
  engine = await openEngine();
});

describe('the system in an organization', () => {
  it('may point to records of the installation and of its own organization', async () => {
    const shared = await engine.insert('account', { name: 'Of all' }, system);
    const own = await engine.insert('account', { name: 'Of A' }, inA);
    for (const account of [shared['id'], own['id']]) {
      const made = await engine.insert('contact', { name: 'Ann', account }, inA);
      expect(made).toMatchObject({ account, organization_id: 'org-a' });
    }
  });

  it('may not point to records of another organization, and does not see those of all', async () => {
    const other = await engine.insert('account', { name: 'Of B' }, inB);
    await expect(
      engine.insert('contact', { name: 'Ann', account: other['id'] }, inA),
    ).rejects.toMatchObject({ code: 'invalid_reference' });
    await engine.insert('account', { name: 'Of all' }, system);
    expect(await engine.count('account', {}, inA)).toBe(0);
  });
});

describe('what is unique', () => {
  const account = (code: string, ctx = inA) => engine.insert('account', { name: 'x', code }, ctx);

  it('is so in an organization, and no other one is told', async () => {
    await account('one');
    await account('one', inB);
    await account('one', system);
    for (const ctx of [inA, inB, system]) {
      await expect(account('one', ctx)).rejects.toMatchObject({
        code: 'duplicate_value',
        params: { object: 'account', fields: ['code'] },
      });
    }
  });

  it('finds the record of an upsert in the own organization', async () => {
    const other = await account('one', inB);
    const upsert = (name: string) =>
      engine.upsert('account', { name, code: 'one' }, inA, { by: ['code'] });
    const { record } = await upsert('first');
    expect(record['id']).not.toBe(other['id']);
    await upsert('second');
    expect(await engine.get('account', record['id'] as string, inA)).toMatchObject({
      name: 'second',
    });
    expect(await engine.get('account', other['id'] as string, inB)).toMatchObject({ name: 'x' });
  });
});

describe('requests that are sent twice', () => {
  it('count in their organization: the same key of another one has an effect of its own', async () => {
    const once = (ctx: typeof inA) =>
      engine.once({ scope: 'POST /account', key: 'k', fingerprint: 'f' }, ctx, (own) =>
        engine.insert('account', { name: 'Once' }, own),
      );
    for (const ctx of [inA, inA, inB]) await once(ctx);
    expect(await engine.count('account', {}, inA)).toBe(1);
    expect(await engine.count('account', {}, inB)).toBe(1);
  });
});
