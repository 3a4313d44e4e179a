import { systemContext, type ExecutionContext } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import type { Row } from '../../src/driver/contract.js';
import { openEngine } from './support.js';

let engine: Awaited<ReturnType<typeof openEngine>>;
afterEach(() => engine.close());

const summary = (rest: string) => `{ type: summary, summaryOperations: { object: sale, ${rest} } }`;
const PAID = `filter: 'status = "paid" AND share > 0'`;
const OBJECTS = {
  shop: `
label: Shop
fields:
  number: { type: autonumber, format: 'S-{0000}' }
  sales: ${summary('function: count')}
  paid_sales: ${summary(`function: count, ${PAID}`)}
  turnover: ${summary('function: sum, field: amount')}
  paid: ${summary(`function: sum, field: amount, ${PAID}`)}
  ratio: ${summary('function: sum, field: ratio')}
  least: ${summary(`function: min, field: amount, ${PAID}`)}
  most: ${summary('function: max, field: amount')}
  first: ${summary('function: min, field: day')}
  last: ${summary(`function: max, field: day, ${PAID}`)}
  mean: ${summary('function: avg, field: amount')}
  paid_mean: ${summary(`function: avg, field: amount, ${PAID}`)}
  shares: ${summary('function: sum, field: share')}
`,
  sale: `
label: Sale
fields:
  shop: { type: lookup, reference: shop, deleteBehavior: cascade }
  status: { type: select, options: [open, paid] }
  amount: { type: currency }
  ratio: { type: number, scale: 3 }
  day: { type: date }
  share: { type: formula, expression: 'amount / 3', returnType: currency }
`,
};
const SUMMARIES = [
  ...['sales', 'paid_sales', 'turnover', 'paid', 'ratio', 'least', 'most', 'first', 'last'],
  ...['mean', 'paid_mean', 'shares'],
];
/** More than one chunk. */
const SHOPS = 230;
const system = systemContext('test');
const of = (tenantId: string): ExecutionContext => ({
  principal: { kind: 'system', id: 'test', tenantId },
  requestId: 'test',
});
const shopTable = {
  name: 'shop',
  columns: ['id', 'number', ...SUMMARIES, 'revision'].map((name) => ({
    name,
    type: columnOf(name),
    nullable: name !== 'id',
  })),
  indexes: [],
};

function columnOf(name: string) {
  if (name === 'id' || name === 'number') return 'text' as const;
  if (name === 'first' || name === 'last') return 'date' as const;
  return ['sales', 'paid_sales', 'revision'].includes(name)
    ? ('integer' as const)
    : ('decimal' as const);
}

const stored = async () => {
  const orderBy = [{ field: 'id', direction: 'asc' }] as const;
  const columns = ['id', 'number', ...SUMMARIES];
  return engine.driver.reader.find({ table: shopTable, columns, orderBy });
};
const spoil = (id: string, set: Row) =>
  engine.driver.transaction((session) =>
    session.update({ table: shopTable, set, where: { op: 'eq', field: 'id', value: id } }),
  );

async function fill(): Promise<void> {
  engine = await openEngine({ objects: OBJECTS });
  for (const tenant of ['org-a', 'org-b']) {
    const ctx = of(tenant);
    const shops = Array.from({ length: SHOPS / 2 }, (_, at) => ({ id: `${tenant}-${at}` }));
    await engine.insertMany('shop', shops, ctx, { acceptId: true });
    const sales = Array.from({ length: 300 }, (_, at) => ({
      id: `${tenant}-s${at}`,
      // Some shops have many, some none; a third belongs to one of them.
      shop: `${tenant}-${at % 3 === 0 ? 0 : at % 40}`,
      status: at % 2 === 0 ? 'open' : 'paid',
      amount: at % 7 === 0 ? null : (at * 37 - 4000) / 100,
      ratio: (at % 10) / 8,
      day: `2026-01-${String(1 + (at % 28)).padStart(2, '0')}`,
    }));
    await engine.insertMany('sale', sales, ctx, { acceptId: true });
    await engine.deleteMany('sale', [`${tenant}-s1`, `${tenant}-s3`, `${tenant}-s299`], ctx);
    await engine.delete('shop', `${tenant}-7`, ctx);
  }
}

describe('verifying derived values', () => {
  it('finds nothing after writes of every kind, in organizations and in the trash', async () => {
    await fill();
    const report = await engine.verifyDerived({}, system);
    expect(report.fields.filter(({ drifted }) => drifted > 0)).toEqual([]);
    expect(report.fields.map(({ field, checked }) => [field, checked]).sort()).toEqual(
      [...SUMMARIES, 'number'].map((field) => [field, SHOPS]).sort(),
    );
  });

  it('finds and repairs each summary and each number that is wrong, and those only', async () => {
    await fill();
    const before = await stored();
    const wrong = ['org-a-0', 'org-a-7', 'org-b-20', 'org-b-99'];
    for (const name of SUMMARIES) {
      for (const id of wrong) {
        const value = columnOf(name) === 'date' ? '2001-01-01' : 77_777;
        await spoil(id, { [name]: value });
      }
    }
    await spoil('org-b-20', { number: null });
    const found = await engine.verifyDerived({}, system);
    for (const { field, drifted, repaired, samples } of found.fields) {
      expect([field, drifted, repaired]).toEqual([field, field === 'number' ? 1 : 4, 0]);
      if (field !== 'number') expect(samples.map(({ id }) => id)).toEqual(wrong);
    }
    const repaired = await engine.verifyDerived({ repair: true }, system);
    expect(repaired.fields.every(({ drifted, repaired: done }) => drifted === done)).toBe(true);
    expect((await engine.verifyDerived({}, system)).drifted).toBe(0);
    const after = await stored();
    const number = after.find(({ id }) => id === 'org-b-20')?.['number'];
    expect(number).toMatch(/^S-\d{4}$/);
    const own = after.filter((row) => String(row['id']).startsWith('org-b'));
    expect(new Set(own.map((row) => row['number'])).size).toBe(SHOPS / 2);
    const rest = (row: Row) => SUMMARIES.map((name) => row[name]);
    expect(after.map(rest)).toEqual(before.map(rest));
  });
});
