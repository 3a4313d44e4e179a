import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adoptChains } from '../src/chain.js';
import { resolveKeys } from '../src/keys.js';
import { headTable } from '../src/tables.js';
import { boot, user } from './support.js';
import { systemContext } from '@objectos/spec/contracts';

const state = { chain: 'acme', sequence: 7, hash: 'ab'.repeat(32) };
const secret = 'Zm9yIHRlc3RzIG9ubHkgMDEyMzQ1Njc4OWFiY2Rl';
const other = 'b3RoZXIgdGVzdHMgMDEyMzQ1Njc4OWFiY2RlZmdo';
const none = {
  signingKey: undefined,
  secret: undefined,
  formerKeys: [],
  dataFolder: undefined,
};

describe('the keys of the audit log', () => {
  it('are derived from the secret, and for nothing else', async () => {
    const keys = await resolveKeys({ ...none, secret });
    const signature = keys.sign(state);
    expect(keys.accepts(state, signature)).toBe(true);
    expect(keys.accepts({ ...state, sequence: 8 }, signature)).toBe(false);
    // The secret itself signs other things, so it is no key here.
    const plain = (await resolveKeys({ ...none, signingKey: secret })).sign(state);
    expect(plain).not.toBe(signature);
    expect(keys.accepts(state, plain)).toBe(false);
    for (const wrong of [null, '', 7, `${signature}0`])
      expect(keys.accepts(state, wrong)).toBe(false);
  });

  it('may be changed: what former ones signed is still accepted', async () => {
    const before = (await resolveKeys({ ...none, secret })).sign(state);
    expect((await resolveKeys({ ...none, secret: other })).accepts(state, before)).toBe(false);
    const rotated = await resolveKeys({ ...none, secret: other, formerKeys: [secret] });
    expect(rotated.accepts(state, before)).toBe(true);
    expect(rotated.sign(state)).not.toBe(before);
    const own = await resolveKeys({ ...none, signingKey: other, secret });
    expect(own.accepts(state, before)).toBe(true);
  });

  it('are made once where nothing is configured, for their owner only', async () => {
    const dataFolder = mkdtempSync(path.join(tmpdir(), 'audit-keys-'));
    onTestFinished(() => rmSync(dataFolder, { recursive: true }));
    const made = await Promise.all([1, 2, 3].map(() => resolveKeys({ ...none, dataFolder })));
    expect(new Set(made.map((keys) => keys.sign(state))).size).toBe(1);
    const file = path.join(dataFolder, 'audit.key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readFileSync(file, 'utf8')).not.toContain(String(made[0]?.sign(state)));
  });

  it('must be strong, and without any nothing is signed', async () => {
    await expect(resolveKeys({ ...none, signingKey: 'short' })).rejects.toMatchObject({
      code: 'secret_weak',
    });
    const keys = await resolveKeys(none);
    expect([keys.present, keys.sign(state), keys.accepts(state, null)]).toEqual([
      false,
      undefined,
      true,
    ]);
  });
});

it('signs a log that was begun without a key, once', async () => {
  const { audit, database } = await boot();
  await audit.record({ kind: 'a.b' }, user('ada'));
  const keys = await resolveKeys({ ...none, secret });
  const adopt = () =>
    database.transaction(systemContext('test'), (session) => adoptChains(session, keys));
  const signatures = async () =>
    (
      await database.reader.find({
        table: headTable,
        columns: ['signature', 'sequence', 'hash'],
        where: { op: 'eq', field: 'id', value: 'chain:acme' },
      })
    ).map(({ signature, sequence, hash }) =>
      keys.accepts({ chain: 'acme', sequence: Number(sequence), hash: String(hash) }, signature),
    );
  expect(await signatures()).toEqual([false]);
  expect(await adopt()).toBe(true);
  expect(await signatures()).toEqual([true]);
  // An end that somebody writes later, without the key, is not taken for one of those.
  await audit.record({ kind: 'a.b' }, user('bob', 'other'));
  await audit.record({ kind: 'a.b' }, user('ada', 'third'));
  expect(await adopt()).toBe(true);
  const left = { op: 'eq', field: 'signature', value: null } as const;
  expect(await database.reader.count({ table: headTable, where: left })).toBeGreaterThan(1);
  const without = await resolveKeys(none);
  const check = database.transaction(systemContext('test'), (session) =>
    adoptChains(session, without),
  );
  expect(await check).toBe(false);
});
