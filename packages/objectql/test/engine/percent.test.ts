import { expect, it, onTestFinished } from 'vitest';
import { openEngine, system } from './support.js';

const OBJECTS = {
  sale: `
label: Sale
fields:
  net: { type: currency }
  discount: { type: percent, scale: 2, max: 100 }
  off: { type: formula, expression: net * discount / 100, returnType: currency }
  left: { type: formula, expression: 100 - discount, returnType: percent }
`,
};

it('a percent is the number that people see, in records, formulas, filters and aggregates', async () => {
  const engine = await openEngine({ objects: OBJECTS });
  onTestFinished(() => engine.close());
  const sale = await engine.insert('sale', { net: 200, discount: 15 }, system);
  // By the interpreter, and by the database.
  expect(sale).toMatchObject({ discount: 15, off: 30, left: 85 });
  const where = { op: 'eq', field: 'left', value: 85 } as const;
  const { records } = await engine.find('sale', { where }, system);
  expect(records).toMatchObject([{ discount: 15, off: 30, left: 85 }]);
  const { rows } = await engine.aggregate(
    'sale',
    {
      aggregations: [
        { function: 'avg', field: 'discount' },
        { function: 'sum', field: 'off' },
      ],
    },
    system,
  );
  expect(rows).toEqual([{ avg_discount: 15, sum_off: 30 }]);
  const tooMuch = engine.insert('sale', { discount: 101 }, system);
  await expect(tooMuch).rejects.toMatchObject({ code: 'validation_error' });
});
