import fc from 'fast-check';
import type { Row, RowFilter } from '@objectql/core/driver';
import type { CompareOperator, Comparison, Scalar, SortKey } from '@objectos/spec/contracts';
import { describe, expect, it } from 'vitest';
import { allColumns, emptyThing, thing, type CurrentDriver } from '../fixture.js';
import { matches, sorted } from '../naive-filter.js';

// Few and awkward characters, so that generated patterns meet generated texts.
const character = fc.constantFrom(
  ...['a', 'A', 'b', 'Z', '0', '%', '_', '\\', '*', '?', '[', ']', "'", 'é', 'É', '\uffff', '😀'],
);
const text = fc.string({ unit: character, maxLength: 4 });
const integer = fc.integer({ min: -2, max: 3 });
const fraction = fc.constantFrom(-1.5, 0, 0.1, 0.5, 1, 1e21);
const day = fc.constantFrom('2025-12-31', '2026-01-01', '2026-01-31');
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 5 });
const element = fc.oneof(text, integer, fc.boolean());

const values = {
  name: text,
  size: integer,
  ratio: fraction,
  price: fraction,
  active: fc.boolean(),
  born: day,
} as const;
type Field = keyof typeof values;
const fields = Object.keys(values) as Field[];

const row: fc.Arbitrary<Row> = fc.record({
  name: orNull(values.name),
  size: orNull(values.size),
  ratio: orNull(values.ratio),
  price: orNull(values.price),
  active: orNull(values.active),
  born: orNull(values.born),
  tags: orNull(fc.array(element, { maxLength: 3 })),
});

const comparison = (
  op: fc.Arbitrary<CompareOperator>,
  field: string,
  value: fc.Arbitrary<Scalar | Scalar[]>,
): fc.Arbitrary<Comparison> => fc.record({ op, field: fc.constant(field), value });

const leaf: fc.Arbitrary<Comparison> = fc.oneof(
  ...fields.flatMap((field) => {
    const value: fc.Arbitrary<Scalar> = orNull<Scalar>(values[field]);
    const list = (bounds: object) => fc.array(value, bounds);
    return [
      comparison(fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'), field, value),
      comparison(fc.constantFrom('in', 'nin'), field, list({ maxLength: 12 })),
      comparison(fc.constant('between'), field, list({ minLength: 2, maxLength: 2 })),
      comparison(fc.constant('isNull'), field, fc.boolean()),
    ];
  }),
  comparison(
    fc.constantFrom('contains', 'notContains', 'startsWith', 'endsWith', 'like', 'ilike'),
    'name',
    text,
  ),
  comparison(fc.constantFrom('contains', 'notContains'), 'tags', element),
);

const { filter } = fc.letrec<{ filter: RowFilter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.record({
      op: fc.constantFrom('and', 'or'),
      args: fc.array(tie('filter'), { maxLength: 3 }),
    }),
    fc.record({ op: fc.constant('not' as const), arg: tie('filter') }),
  ),
}));

const sort: fc.Arbitrary<SortKey[]> = fc.uniqueArray(
  fc.record({
    field: fc.constantFrom(...fields),
    direction: fc.constantFrom('asc' as const, 'desc' as const),
  }),
  { maxLength: 3, selector: (key) => key.field },
);

/** Any filter on any rows finds what the naive evaluator finds. */
export function propertyCases(driver: CurrentDriver, runs: number): void {
  describe('generated filters', () => {
    it('find, count and sort like the naive evaluator', async () => {
      const scenario = fc.record({
        rows: fc.array(row, { maxLength: 12 }),
        queries: fc.array(fc.record({ filter, sort }), { minLength: 1, maxLength: 5 }),
      });
      await fc.assert(
        fc.asyncProperty(scenario, async ({ rows, queries }) => {
          const things = rows.map((values, index) => ({
            ...emptyThing(String(index + 10)),
            ...values,
          }));
          await replaceAll(driver, things);
          for (const { filter: where, sort: keys } of queries) {
            const orderBy: SortKey[] = [...keys, { field: 'id', direction: 'asc' }];
            const expected = sorted(
              things.filter((thingRow) => matches(where, thingRow)),
              orderBy,
            );
            const { reader } = driver();
            expect(
              await reader.find({ table: plain, columns: allColumns, where, orderBy }),
            ).toEqual(expected);
            expect(await reader.count({ table: plain, where })).toBe(expected.length);
          }
        }),
        { numRuns: runs },
      );
    });
  });
}

/** Like `thing`, without indexes that would refuse generated rows. */
const plain = { ...thing, name: 'plain', indexes: [] };

async function replaceAll(driver: CurrentDriver, rows: readonly Row[]): Promise<void> {
  const exists = (await driver().introspect()).some(({ name }) => name === plain.name);
  if (!exists) await driver().applySchema([{ kind: 'createTable', table: plain }]);
  await driver().transaction(async (session) => {
    await session.delete({ table: plain, where: { op: 'and', args: [] } });
    await session.insert(plain, rows);
  });
}
