import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseNames, openDatabase, type OpenedDatabase } from './databases.js';
import { openEngine, system } from './support.js';

const OBJECTS = {
  customer: `
label: Customer
fields:
  credit: { type: currency }
  bills: { type: summary, summaryOperations: { object: bill, function: count } }
  total: { type: summary, summaryOperations: { object: bill, function: sum, field: amount } }
  average: { type: summary, summaryOperations: { object: bill, function: avg, field: amount } }
  left: { type: formula, expression: 'credit - total - average * bills', blankAs: zero }
`,
  bill: `
label: Bill
fields:
  customer: { type: lookup, reference: customer }
  amount: { type: currency }
`,
};

describe.each(await databaseNames())('a formula over summaries on %s', (name) => {
  let database: OpenedDatabase;
  let engine: Awaited<ReturnType<typeof openEngine>>;

  beforeEach(async () => {
    database = await openDatabase(name);
    engine = await openEngine({ url: database.url, objects: OBJECTS });
  });
  afterEach(async () => {
    await engine.close();
    await database.drop();
  });

  it('is computed in the database, with the digits of what they sum up', async () => {
    const made = async (credit: number, amount: number) => {
      const customer = (await engine.insert('customer', { credit }, system))['id'] as string;
      await engine.insertMany(
        'bill',
        [
          { customer, amount },
          { customer, amount },
        ],
        system,
      );
      return customer;
    };
    const [rich, poor] = [await made(100.1, 0.05), await made(1, 0.25)];
    const orderBy = [{ field: 'left', direction: 'desc' }] as const;
    const { records } = await engine.find('customer', { orderBy }, system);
    expect(records.map(({ id, left }) => [id, left])).toEqual([
      [rich, 99.9],
      [poor, 0],
    ]);
    const where = { op: 'lt', field: 'left', value: 0.01 } as const;
    expect((await engine.find('customer', { where }, system)).records).toMatchObject([
      { id: poor },
    ]);
  });
});
