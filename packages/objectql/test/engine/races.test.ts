import { SqlDriver } from '@objectql/driver-sql';
import { afterEach, describe, expect, it } from 'vitest';
import { databaseNames, openDatabase, type OpenedDatabase } from './databases.js';
import { openEngine, system } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine | undefined;
let database: OpenedDatabase | undefined;

afterEach(async () => {
  await engine?.close();
  await database?.drop();
  engine = undefined;
});

async function open(name: string, more: Parameters<typeof openEngine>[0] = {}): Promise<Engine> {
  database = await openDatabase(name);
  return openEngine({ driver: new SqlDriver({ url: database.url }), ...more });
}

describe.each(await databaseNames())('writes at the same time on %s', (name) => {
  it('50 requests with one key make one row and one answer', async () => {
    const on = (engine = await open(name));
    const request = { key: 'k', scope: 'POST /account', fingerprint: 'f' };
    const send = () =>
      on.once(request, system, async (ctx) => {
        const { id } = await on.insert('account', { name: 'Once' }, ctx);
        return id;
      });
    const answers = await Promise.all(Array.from({ length: 50 }, send));
    expect(new Set(answers.map((answer) => answer.result)).size).toBe(1);
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1);
    expect(await on.count('account', {}, system)).toBe(1);
  });

  it('20 upserts of one key make one row', async () => {
    const on = (engine = await open(name));
    const send = (_: unknown, index: number) =>
      on.upsert('account', { code: 'a', name: 'Same', revenue: index % 2 }, system, {
        by: ['code'],
      });
    const settled = await Promise.allSettled(Array.from({ length: 20 }, send));
    const done = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(done.filter((one) => one.created)).toHaveLength(1);
    // Two that change the record at once: one may be told so, and nobody's change is lost unseen.
    for (const one of settled) {
      if (one.status === 'rejected')
        expect(one.reason).toMatchObject({ code: 'concurrent_modification' });
    }
    expect(await on.count('account', {}, system)).toBe(1);
  });

  it('what was tried and failed is not told', async () => {
    const told: string[] = [];
    const onCommit = (_ctx: unknown, changes: readonly { operation: string; object: string }[]) =>
      told.push(...changes.map(({ operation, object }) => `${operation} ${object}`));
    const on = (engine = await open(name, { onCommit }));
    const send = (code: string) =>
      on.upsert('account', { code, name: 'Same' }, system, { by: ['code'] });
    await Promise.all(Array.from({ length: 20 }, () => send('a')));
    expect(told).toEqual(['create account']);
    const rows = ['b', 'b', 'c'].map((code) => ({ code, name: code }));
    await on.insertMany('account', rows, system, { atomic: false });
    expect(told).toEqual(['create account', 'create account', 'create account']);
    const inside = on.transaction(system, async (ctx) => {
      await on.insert('account', { code: 'a', name: 'Again' }, ctx).catch(() => undefined);
      await on.insert('contact', { name: 'X', account: 'nobody' }, ctx).catch(() => undefined);
      await on.insert('contact', { name: 'Y' }, ctx);
    });
    await inside;
    expect(told.slice(3)).toEqual(['create contact']);
    expect(await on.count('contact', {}, system)).toBe(1);
  });

  it('bulk writes and rehearsals leave the same on every database', async () => {
    const on = (engine = await open(name));
    const rows = Array.from({ length: 250 }, (_, index) => ({ code: `c${index}`, name: 'A' }));
    await on.upsertMany('account', rows, system, { by: ['code'] });
    const every = { op: 'and', args: [] } as const;
    const { outcome } = await on.rehearse(system, (ctx) => on.deleteWhere('account', every, ctx));
    expect(outcome.ok).toBe(true);
    await on.updateWhere('account', every, { revenue: 2 }, system, { expected: 250 });
    const mixed = [{ code: 'c1', name: 'B' }, { code: 'new', name: 'C' }, { code: 'bad' }];
    const results = await on.upsertMany('account', mixed, system, { by: ['code'], atomic: false });
    expect(results.map((row) => [row.success, row.created])).toEqual([
      [true, false],
      [true, true],
      [false, undefined],
    ]);
    const rich = { op: 'eq', field: 'revenue', value: 2 } as const;
    expect(await on.count('account', { where: rich }, system)).toBe(250);
    await on.deleteWhere('account', rich, system);
    expect(await on.emptyTrash('account', every, system)).toHaveLength(250);
  });
});
