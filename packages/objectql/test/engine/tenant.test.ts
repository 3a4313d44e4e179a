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
