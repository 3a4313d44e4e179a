import { systemContext, type RecordData } from '@objectos/spec/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseNames, openDatabase, type OpenedDatabase } from './databases.js';
import { openEngine, user } from './support.js';
import type { TableSchema } from '../../src/index.js';

const summary = (object: string, rest: string) =>
  `{ type: summary, summaryOperations: { object: ${object}, ${rest} } }`;

const OBJECTS = {
  region: `
label: Region
fields:
  name: { type: text }
  revenue: ${summary('customer', 'function: sum, field: paid')}
  best: ${summary('customer', 'function: max, field: paid')}
`,
  customer: `
label: Customer
fields:
  name: { type: text }
  region: { type: lookup, reference: region }
  invoices: ${summary('bill', 'function: count')}
  paid: ${summary('bill', `function: sum, field: amount, filter: 'status = "paid"'`)}
  smallest: ${summary('bill', 'function: min, field: amount')}
  latest: ${summary('bill', 'function: max, field: day')}
  average: ${summary('bill', 'function: avg, field: amount')}
  net: ${summary('bill', 'function: sum, field: net')}
`,
  bill: `
label: Bill
fields:
  customer: { type: lookup, reference: customer, deleteBehavior: cascade }
  status: { type: select, options: [{ value: open }, { value: paid }] }
  amount: { type: currency }
  day: { type: date }
  net: { type: formula, expression: 'amount * 0.9', returnType: currency }
`,
};

type Engine = Awaited<ReturnType<typeof openEngine>>;
const ctx = {
  principal: { kind: 'system' as const, id: 'seed', tenantId: 'org-a' },
  requestId: 't',
};
const accept = { acceptId: true };

/** What the summaries must be, computed from all bills by hand. */
async function expected(objectql: Engine, customer: string): Promise<RecordData> {
  const where = { op: 'eq', field: 'customer', value: customer } as const;
  const { records } = await objectql.find('bill', { where, limit: 1000 }, ctx);
  const cents = records.flatMap((bill) =>
    bill['amount'] === null ? [] : [Math.round((bill['amount'] as number) * 100)],
  );
  const total = (list: readonly number[]) => list.reduce((sum, one) => sum + one, 0);
  const paid = records
    .filter((bill) => bill['status'] === 'paid' && bill['amount'] !== null)
    .map((bill) => Math.round((bill['amount'] as number) * 100));
  const days = records.flatMap((bill) => (bill['day'] === null ? [] : [bill['day'] as string]));
  const mean = total(cents) / cents.length;
  return {
    invoices: records.length,
    paid: total(paid) / 100,
    smallest: cents.length === 0 ? null : Math.min(...cents) / 100,
    latest: days.length === 0 ? null : (days.sort().at(-1) ?? null),
    // Half away from zero, and never minus zero.
    average: cents.length === 0 ? null : (Math.sign(mean) * Math.round(Math.abs(mean))) / 100 + 0,
    net:
      total(records.map((bill) => Math.round(((bill['net'] as number | null) ?? 0) * 100))) / 100,
  };
}

describe.each(await databaseNames())('roll-up summaries on %s', (name) => {
  let database: OpenedDatabase;
  let objectql: Engine;

  beforeEach(async () => {
    database = await openDatabase(name);
    objectql = await openEngine({ url: database.url, objects: OBJECTS });
    await objectql.insertMany('region', [{ id: 'r1' }, { id: 'r2' }], ctx, accept);
    const customers = [{ id: 'c1', region: 'r1' }, { id: 'c2', region: 'r1' }, { id: 'c3' }];
    await objectql.insertMany('customer', customers, ctx, accept);
  });

  afterEach(async () => {
    await objectql.close();
    await database.drop();
  });

  async function check(): Promise<void> {
    const { records } = await objectql.find('customer', { deleted: 'include' }, ctx);
    for (const customer of records) {
      expect(customer).toMatchObject(await expected(objectql, customer['id'] as string));
    }
    const { records: regions } = await objectql.find('region', {}, ctx);
    for (const region of regions) {
      const own = records.filter((one) => one['region'] === region['id']);
      const live = own.filter((one) => (one['deleted_at'] ?? null) === null);
      const paid = live.map((one) => Math.round((one['paid'] as number) * 100));
      expect(region).toMatchObject({
        revenue: paid.reduce((sum, one) => sum + one, 0) / 100,
        best: paid.length === 0 ? null : Math.max(...paid) / 100,
      });
    }
  }

  it('begin with nothing', async () => {
    expect(await objectql.get('customer', 'c1', ctx)).toMatchObject({
      invoices: 0,
      paid: 0,
      smallest: null,
      latest: null,
      average: null,
      net: 0,
    });
  });

  it('follow every kind of write, over two levels', async () => {
    const bill = { customer: 'c1', status: 'paid', amount: 0.1, day: '2026-01-31' };
    await objectql.insert('bill', { id: 'b1', ...bill }, ctx, accept);
    await objectql.insertMany(
      'bill',
      [
        { id: 'b2', ...bill, amount: 0.2 },
        { id: 'b3', ...bill, amount: 5, customer: 'c2', status: 'open' },
        { id: 'b4', ...bill, amount: null, day: null },
      ],
      ctx,
      accept,
    );
    await check();
    expect(await objectql.get('customer', 'c1', ctx)).toMatchObject({ invoices: 3, paid: 0.3 });
    expect(await objectql.get('region', 'r1', ctx)).toMatchObject({ revenue: 0.3, best: 0.3 });
    await objectql.update('bill', 'b3', { status: 'paid' }, ctx);
    await check();
    await objectql.update('bill', 'b1', { customer: 'c3', amount: 7.77 }, ctx);
    await check();
    await objectql.delete('bill', 'b2', ctx);
    await check();
    await objectql.restore('bill', 'b2', ctx);
    await check();
    await objectql.update('customer', 'c2', { region: 'r2' }, ctx);
    await check();
    await objectql.delete('customer', 'c2', ctx);
    expect(await objectql.get('region', 'r2', ctx)).toMatchObject({ revenue: 0, best: null });
    await objectql.restore('customer', 'c2', ctx);
    await check();
    expect(await objectql.get('region', 'r2', ctx)).toMatchObject({ revenue: 5 });
  });

  it('appear in the change log of the parent, and raise its revision', async () => {
    const before = await objectql.get('customer', 'c1', ctx);
    await objectql.insert('bill', { customer: 'c1', amount: 1 }, ctx);
    const after = await objectql.get('customer', 'c1', ctx);
    expect(after['revision']).toBe((before['revision'] as number) + 1);
    expect(after['updated_at']).toBe(before['updated_at']);
    await objectql.update('customer', 'c1', { name: 'still merges' }, ctx, {
      mergeFrom: before['revision'] as number,
    });
  });

  it('ignore a row that fails in a bulk write', async () => {
    const rows = [
      { id: 'b1', customer: 'c1', amount: 1, status: 'paid' },
      { id: 'b2', customer: 'c1', amount: 2, status: 'wrong' },
      { id: 'b3', customer: 'c1', amount: 4, status: 'paid' },
    ];
    await objectql.insertMany('bill', rows, ctx, { ...accept, atomic: false });
    expect(await objectql.get('customer', 'c1', ctx)).toMatchObject({ invoices: 2, paid: 5 });
    await check();
  });

  it('are verified and repaired, children before parents', async () => {
    await objectql.insert(
      'bill',
      { id: 'b1', customer: 'c1', amount: 3, status: 'paid' },
      ctx,
      accept,
    );
    const clean = await objectql.verifyDerived({}, systemContext('test'));
    expect(clean.drifted).toBe(0);
    const table: TableSchema = {
      name: 'customer',
      columns: [
        { name: 'id', type: 'text', nullable: false },
        { name: 'paid', type: 'decimal', nullable: true },
      ],
      indexes: [],
    };
    await objectql.driver.transaction((session) =>
      session.update({ table, set: { paid: 99 }, where: { op: 'eq', field: 'id', value: 'c1' } }),
    );
    const found = await objectql.verifyDerived({}, systemContext('test'));
    const paid = found.fields.find((one) => one.object === 'customer' && one.field === 'paid');
    expect(paid).toMatchObject({
      checked: 3,
      drifted: 1,
      repaired: 0,
      samples: [{ id: 'c1', stored: 99, expected: 3 }],
    });
    await objectql.verifyDerived({ repair: true }, systemContext('test'));
    await check();
    expect((await objectql.verifyDerived({}, systemContext('test'))).drifted).toBe(0);
    await expect(objectql.verifyDerived({}, user())).rejects.toMatchObject({
      code: 'permission_denied',
    });
  });

  it('lose nothing to 30 writers at once', async () => {
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        objectql.insert(
          'bill',
          { customer: index % 3 === 0 ? 'c2' : 'c1', amount: index / 100, status: 'paid' },
          ctx,
        ),
      ),
    );
    await check();
  });

  it('round averages as people do, whatever binary fractions leave behind', async () => {
    const amounts = [4.1, -4.11];
    for (const [at, amount] of amounts.entries()) {
      await objectql.insert('bill', { id: `n${at}`, customer: 'c1', amount }, ctx, accept);
    }
    expect(await objectql.get('customer', 'c1', ctx)).toMatchObject({ average: -0.01 });
  });

  it('agree with a count by hand after any sequence of writes', async () => {
    const amount = fc.option(fc.integer({ min: -500, max: 500 }).map((cents) => cents / 100));
    const fields = fc.record(
      {
        customer: fc.option(fc.constantFrom('c1', 'c2', 'c3')),
        status: fc.constantFrom('open', 'paid'),
        amount,
        day: fc.option(fc.constantFrom('2026-01-01', '2026-02-01', '2025-12-31')),
      },
      { requiredKeys: [] },
    );
    const step = fc.oneof(
      { weight: 4, arbitrary: fields.map((data) => ({ kind: 'insert' as const, data })) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.nat(20), fields)
          .map(([at, data]) => ({ kind: 'update' as const, at, data })),
      },
      fc.nat(20).map((at) => ({ kind: 'delete' as const, at })),
      fc.nat(20).map((at) => ({ kind: 'restore' as const, at })),
    );
    let made = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 12 }), async (steps) => {
        const ids: string[] = [];
        for (const one of steps) {
          const id = 'at' in one ? ids[one.at % Math.max(1, ids.length)] : undefined;
          if (one.kind === 'insert') {
            const next = `p${String((made += 1))}`;
            ids.push(next);
            await objectql.insert('bill', { id: next, ...one.data }, ctx, accept);
          } else if (id !== undefined) {
            // A record that is not where the step wants it is left alone.
            const work =
              one.kind === 'update'
                ? objectql.update('bill', id, one.data, ctx)
                : one.kind === 'delete'
                  ? objectql.delete('bill', id, ctx)
                  : objectql.restore('bill', id, ctx);
            await work.catch(() => undefined);
          }
        }
        await check();
      }),
      { numRuns: 8 },
    );
  });
});
