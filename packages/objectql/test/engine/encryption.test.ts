import { systemContext, type AccessPolicy } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import { afterEach, describe, expect, it } from 'vitest';
import { changeLogTable } from '../../src/engine/system-tables.js';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

const vault = systemContext('vault', { secrets: true });
const CANARY = 'c4n4ry-t0ken';
/** Bytes without a pattern, the same in every run. */
const key = (seed: number) =>
  btoa(
    String.fromCharCode(...Uint8Array.from({ length: 32 }, (_, at) => (seed + at * at * 37) % 251)),
  );
const weak = (text: string) => `weak:${btoa(text)}`;
const KEYS = `2026a:${key(1)}`;
const NEXT = `2026b:${key(2)},${KEYS}`;

const OBJECTS = {
  hook: `
label: Hook
fields:
  name: { type: text }
  token: { type: secret, encrypted: true, required: true, maxLength: 40 }
`,
};

const open = async (
  options: {
    encryptionKeys?: string;
    access?: AccessPolicy;
    objects?: Record<string, string>;
  } = {},
) => {
  engine = await openEngine({ objects: OBJECTS, encryptionKeys: KEYS, ...options });
};

const table = {
  name: 'hook',
  columns: ['id', 'token'].map((name) => ({
    name,
    type: 'text' as const,
    nullable: name !== 'id',
  })),
  indexes: [],
};
const stored = async () => {
  const rows = await engine.driver.reader.find({ table, columns: ['id', 'token'] });
  return new Map(rows.map((row) => [row['id'] as string, row['token'] as string]));
};
const store = (id: string, token: string) =>
  engine.driver.transaction((session) =>
    session.update({ table, set: { token }, where: { op: 'eq', field: 'id', value: id } }),
  );
const tokenOf = async (id: string) => (await engine.get('hook', id, vault))['token'];
const add = async (token: string, ctx = system) =>
  (await engine.insert('hook', { name: token.slice(0, 1), token }, ctx))['id'] as string;

describe('an encrypted field', () => {
  it('is written by who may write it, stored encrypted, and read one by one', async () => {
    await open({ access: { decide: () => ({ allowed: true }) } });
    const id = await add(CANARY, user());
    expect((await stored()).get(id)).toMatch(/^enc:1:2026a:[\w-]+$/);
    const inTenant = systemContext('vault', { secrets: true, tenantId: 'org-a' });
    expect((await engine.get('hook', id, inTenant))['token']).toBe(CANARY);
    expect(await engine.get('hook', id, inTenant, { fields: ['token'] })).toEqual({
      id,
      token: CANARY,
    });
    await engine.update('hook', id, { token: 'other' }, user());
    expect(await tokenOf(id)).toBe('other');
    // The same value is another text each time.
    const first = (await stored()).get(id);
    await engine.update('hook', id, { token: 'other' }, user());
    expect((await stored()).get(id)).not.toBe(first);
    await engine.update('hook', id, { name: 'renamed' }, user());
    expect(await tokenOf(id)).toBe('other');
  });

  it('is checked like any other', async () => {
    await open();
    await expect(add('x'.repeat(41))).rejects.toMatchObject({ code: 'validation_error' });
    await expect(engine.insert('hook', { name: 'x' }, system)).rejects.toMatchObject({
      fieldErrors: [{ field: 'token', code: 'missing_required_field' }],
    });
    const id = await add(CANARY);
    await expect(engine.update('hook', id, { token: null }, system)).rejects.toThrow();
    const readOnly: AccessPolicy = {
      decide: () => ({ allowed: true, writable: new Set(['name']) }),
    };
    await engine.close();
    await open({ access: readOnly });
    await expect(add(CANARY, user())).rejects.toMatchObject({ code: 'read_only_field' });
  });

  it('is never read in a list, an answer, a filter, an aggregate or an export', async () => {
    await open({ access: { decide: () => ({ allowed: true }) } });
    const answer = await engine.insert('hook', { token: CANARY }, user());
    const id = answer['id'] as string;
    const updated = await engine.update('hook', id, { token: `${CANARY}!` }, user());
    const seen: unknown[] = [answer, updated];
    for (const ctx of [user(), system, vault]) {
      seen.push(await engine.find('hook', {}, ctx));
      for await (const row of engine.stream('hook', {}, ctx)) seen.push(row);
      const where = { op: 'startsWith', field: 'token', value: 'c' } as const;
      for (const asked of [
        engine.find('hook', { where }, ctx),
        engine.find('hook', { fields: ['token'] }, ctx),
        engine.find('hook', { orderBy: [{ field: 'token', direction: 'asc' }] }, ctx),
        engine.count('hook', { where }, ctx),
        engine.distinct('hook', 'token', ctx),
        engine.aggregate('hook', { aggregations: [{ function: 'min', field: 'token' }] }, ctx),
      ]) {
        await expect(asked).rejects.toMatchObject({ code: 'unknown_field' });
      }
    }
    seen.push(await engine.get('hook', id, user()), await engine.get('hook', id, system));
    expect(engine.readableFields('hook', vault).has('token')).toBe(false);
    expect(JSON.stringify(seen)).not.toMatch(/c4n4ry|enc:1/);
  });

  it('leaves its name in the change log, rehearsals and conflicts, never its value', async () => {
    await open();
    const id = await add(CANARY);
    const rehearsed = await engine.rehearse(system, (ctx) =>
      engine.update('hook', id, { token: `${CANARY}2` }, ctx),
    );
    await engine.update('hook', id, { token: `${CANARY}3` }, system);
    const conflict: unknown = await engine
      .update('hook', id, { token: `${CANARY}4` }, system, { mergeFrom: 1 })
      .catch((error: unknown) => error);
    expect(conflict).toMatchObject({ code: 'merge_conflict' });
    const columns = changeLogTable.columns.map((column) => column.name);
    const log = await engine.driver.reader.find({ table: changeLogTable, columns });
    const details = isObjectOSError(conflict) ? [conflict.message, conflict.details] : [];
    const told = JSON.stringify([rehearsed, details, log]);
    expect(told).toContain('"changed":["token"]');
    expect(told).not.toMatch(/c4n4ry|enc:1/);
  });

  it('is not copied by a clone, and hooks see it before the write only', async () => {
    const loose = OBJECTS.hook.replace('required: true, ', '');
    await open({ objects: { hook: loose } });
    const seen: unknown[] = [];
    engine.hook('beforeInsert', 'hook', ({ data }) => void seen.push(data['token']), {
      owner: 't',
    });
    engine.hook('afterInsert', 'hook', ({ record }) => void seen.push(record['token']), {
      owner: 't',
    });
    const id = await add(CANARY);
    expect(seen[0]).toBe(CANARY);
    expect(seen[1]).toMatch(/^enc:1:/);
    const copy = await engine.clone('hook', id, vault);
    expect(await tokenOf(copy['id'] as string)).toBeNull();
  });

  it('works in bulk and in upserts', async () => {
    await open();
    const rows = Array.from({ length: 5 }, (_, at) => ({ token: `t${at}` }));
    const results = await engine.insertMany('hook', rows, system);
    const ids = results.map(({ id = '' }) => id);
    expect(await Promise.all(ids.map(tokenOf))).toEqual(['t0', 't1', 't2', 't3', 't4']);
    await engine.updateMany(
      'hook',
      ids.map((id) => ({ id, data: { token: 'same' } })),
      system,
    );
    expect(new Set(await Promise.all(ids.map(tokenOf)))).toEqual(new Set(['same']));
    expect(new Set((await stored()).values()).size).toBe(5);
  });

  it('opens only in its own place, unchanged, with its key', async () => {
    await open();
    const [one, two] = [await add('first'), await add('second')];
    const [first = '', second = ''] = [(await stored()).get(one), (await stored()).get(two)];
    const opens = async (text: string) => {
      await store(one, text);
      return engine.get('hook', one, vault).catch((error: unknown) => error);
    };
    const fails = (reason: string) =>
      expect.objectContaining({
        code: 'decryption_failed',
        params: {
          object: 'hook',
          id: one,
          field: 'token',
          reason: expect.stringContaining(reason) as string,
        },
      }) as unknown;
    expect(await opens(first)).toMatchObject({ token: 'first' });
    expect(await opens(second)).toEqual(fails('another place'));
    expect(await opens(`${first.slice(0, -4)}AAAA`)).toEqual(fails('changed'));
    expect(await opens('enc:1:2026a:AAAA')).toEqual(fails('changed'));
    expect(await opens('plain')).toEqual(fails('not encrypted'));
    expect(await opens(first.replace('2026a', 'lost'))).toEqual(fails('"lost" is not configured'));
    // A list that does not show it is not hindered.
    expect((await engine.find('hook', {}, system)).records).toHaveLength(2);
  });

  it('needs a key, and says so by name', async () => {
    engine = await openEngine({ objects: OBJECTS });
    const missing = { code: 'encryption_key_missing', params: { object: 'hook', field: 'token' } };
    await expect(add(CANARY)).rejects.toMatchObject(missing);
    await expect(engine.rotateSecrets(system)).rejects.toMatchObject(missing);
    expect((await engine.find('hook', {}, system)).records).toEqual([]);
  });

  it.each([weak('a'.repeat(32)), weak('changeme'.repeat(4)), weak('0123456789abcdef'.repeat(2))])(
    'refuses the key %s for new values, and lets it open old ones',
    async (current) => {
      await open();
      await expect(
        openEngine({ objects: OBJECTS, encryptionKeys: `${current},${KEYS}` }),
      ).rejects.toMatchObject({ code: 'encryption_keys_invalid' });
      const second = await openEngine({ objects: OBJECTS, encryptionKeys: `${KEYS},${current}` });
      await second.close();
    },
  );

  it.each(['', 'a', 'a:b', `a:${btoa('short')}`, `a b:${key(1)}`, `${KEYS},${KEYS}`, `a:====`])(
    'refuses the keys %j without showing them',
    async (encryptionKeys) => {
      await open();
      const failure: unknown = await openEngine({ objects: OBJECTS, encryptionKeys }).catch(
        (error: unknown) => error,
      );
      expect(failure).toMatchObject({ code: 'encryption_keys_invalid' });
      expect((failure as Error).message).not.toContain(key(1));
    },
  );
});

describe('rotating keys', () => {
  it('encrypts anew what has an older key, keeps revisions, and can be repeated', async () => {
    await open({ encryptionKeys: NEXT.split(',').reverse().join(',') });
    const ids: string[] = [];
    for (let at = 0; at < 450; at += 150) {
      const rows = Array.from({ length: 150 }, (_, row) => ({ token: `t${at + row}` }));
      const results = await engine.insertMany('hook', rows, system);
      ids.push(...results.map(({ id = '' }) => id));
    }
    await engine.delete('hook', ids[7] ?? '', system);
    const rotating = await reopened(NEXT);
    // What a run that was interrupted has left.
    await rotating.update('hook', ids[0] ?? '', { token: 't0' }, system);
    const report = await rotating.rotateSecrets(system);
    expect(report).toMatchObject({ rotated: 449, failed: 0, fields: [{ checked: 450 }] });
    expect([...(await stored()).values()].every((text) => text.startsWith('enc:1:2026b:'))).toBe(
      true,
    );
    expect(await rotating.rotateSecrets(system)).toMatchObject({ rotated: 0, failed: 0 });
    const only = await reopened(`2026b:${key(2)}`);
    expect(await only.get('hook', ids[300] ?? '', vault)).toMatchObject({
      token: 't300',
      revision: 1,
    });
    await expect(only.rotateSecrets(user())).rejects.toMatchObject({ code: 'permission_denied' });
  });

  it('takes in what was there before, and names what it cannot open', async () => {
    await open();
    const [plain, lost] = [await add('x'), await add('y')];
    await store(plain, 'from before');
    await store(lost, 'enc:1:gone:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA');
    const report = await engine.rotateSecrets(system);
    expect(report).toMatchObject({ rotated: 1, failed: 1 });
    expect(report.fields[0]?.samples).toEqual([
      { id: lost, reason: expect.stringContaining('"gone" is not configured') as string },
    ]);
    expect(await tokenOf(plain)).toBe('from before');
  });

  it('follows a rename', async () => {
    await open();
    const id = await add(CANARY);
    const renamed = OBJECTS.hook
      .replace('label: Hook', 'label: Endpoint\nrenamedFrom: hook')
      .replace('token: { ', 'signing: { renamedFrom: token, ');
    await engine.loadSources([{ file: 'objects/endpoint.object.yml', text: renamed }]);
    expect(await engine.get('endpoint', id, vault)).toMatchObject({ signing: CANARY });
    expect(await engine.rotateSecrets(system)).toMatchObject({ rotated: 1 });
    const forgotten = renamed.replace('renamedFrom: hook', '').replace('renamedFrom: token, ', '');
    await engine.loadSources([{ file: 'objects/endpoint.object.yml', text: forgotten }]);
    expect(await engine.get('endpoint', id, vault)).toMatchObject({ signing: CANARY });
  });
});

/** The engine once more over the same database, with other keys. */
async function reopened(
  encryptionKeys: string,
): Promise<Pick<Engine, 'get' | 'update' | 'rotateSecrets'>> {
  const { createObjectQL } = await import('../../src/index.js');
  const again = createObjectQL({ driver: engine.driver, encryptionKeys });
  await again.loadSources([{ file: 'objects/hook.object.yml', text: OBJECTS.hook }]);
  return again;
}
