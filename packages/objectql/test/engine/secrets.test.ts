import { systemContext } from '@objectos/spec/contracts';
import type { Driver } from '../../src/driver/contract.js';
import { describe, expect, it } from 'vitest';
import { changeLogTable } from '../../src/engine/system-tables.js';
import { openEngine, system, user } from './support.js';

const unsealed = systemContext('vault', { secrets: true });
const objects = {
  door: `
label: Door
enable: { trash: false }
indexes: [{ fields: [code], unique: true }]
fields:
  name: { type: text }
  code: { type: secret, maxLength: 20 }
`,
};

async function changeLog(driver: Driver): Promise<unknown> {
  const columns = changeLogTable.columns.map((column) => column.name);
  return driver.reader.find({ table: changeLogTable, columns });
}

async function doorWithCode() {
  const engine = await openEngine({ objects });
  const door = await engine.insert('door', { name: 'front', code: 'c4n4ry' }, unsealed);
  return { engine, id: door['id'] as string };
}

describe('secret fields', () => {
  it('exist for a system context that names them', async () => {
    const { engine, id } = await doorWithCode();
    expect(await engine.get('door', id, unsealed)).toMatchObject({ code: 'c4n4ry' });
    const where = { op: 'eq', field: 'code', value: 'c4n4ry' } as const;
    expect((await engine.find('door', { where }, unsealed)).records).toHaveLength(1);
    const long = engine.update('door', id, { code: 'x'.repeat(21) }, unsealed);
    await expect(long).rejects.toMatchObject({ code: 'validation_error' });
    await engine.update('door', id, { code: 'other' }, unsealed);
    expect(await engine.get('door', id, unsealed)).toMatchObject({ code: 'other' });
  });

  it('do not exist for anybody else, in any position', async () => {
    const { engine, id } = await doorWithCode();
    expect(await engine.get('door', id, system)).not.toHaveProperty('code');
    expect(engine.readableFields('door', system).has('code')).toBe(false);
    const where = { op: 'startsWith', field: 'code', value: 'c' } as const;
    const asked = [
      engine.find('door', { where }, system),
      engine.find('door', { fields: ['code'] }, system),
      engine.find('door', { orderBy: [{ field: 'code', direction: 'asc' }] }, system),
      engine.count('door', { where }, system),
    ];
    for (const one of asked) await expect(one).rejects.toMatchObject({ code: 'unknown_field' });
    const written = engine.update('door', id, { code: 'mine' }, system);
    await expect(written).rejects.toMatchObject({ code: 'read_only_field' });
  });

  it('stay hidden from a user, whatever the policy and the context say', async () => {
    const access = { decide: () => ({ allowed: true }) as const };
    const engine = await openEngine({ objects, access });
    await engine.insert(
      'door',
      { name: 'front', code: 'c4n4ry' },
      systemContext('vault', { secrets: true, tenantId: 'org-a' }),
    );
    const { records } = await engine.find('door', {}, { ...user(), secrets: true });
    expect(records).toHaveLength(1);
    expect(JSON.stringify(records)).not.toContain('c4n4ry');
  });

  it('leave their name in the change log, never their value', async () => {
    const { engine, id } = await doorWithCode();
    await engine.update('door', id, { code: 'c4n4ry2' }, unsealed);
    await engine.delete('door', id, unsealed);
    const log = JSON.stringify(await changeLog(engine.driver));
    expect(log).toContain('"changed":["code"]');
    expect(log).not.toContain('c4n4ry');
  });
});

describe('a restricted principal', () => {
  const access = { decide: () => ({ allowed: true }) as const };
  const restriction = { operations: new Set(['read'] as const), objects: new Set(['door']) };

  it('may do less than its policy grants', async () => {
    const engine = await openEngine({
      objects: { ...objects, wall: 'fields: { name: { type: text } }' },
      access,
    });
    const key = user({ restriction });
    await expect(engine.find('door', {}, key)).resolves.toMatchObject({ records: [] });
    const refused = [engine.insert('door', { name: 'x' }, key), engine.find('wall', {}, key)];
    for (const one of refused)
      await expect(one).rejects.toMatchObject({ code: 'permission_denied' });
  });
});

describe('deleting a record for good', () => {
  it('succeeds once, however many try', async () => {
    const { engine, id } = await doorWithCode();
    const tries = await Promise.allSettled(
      Array.from({ length: 5 }, () => engine.delete('door', id, unsealed)),
    );
    expect(tries.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
  });
});
