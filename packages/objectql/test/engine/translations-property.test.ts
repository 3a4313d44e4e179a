import type { Filter, RecordData, SortKey } from '@objectos/spec/contracts';
import { matches, sorted } from '@objectos/testing';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { databaseNames, openDatabase } from './databases.js';
import { openEngine, system } from './support.js';

const CHAINS = new Map([
  ['de', ['de']],
  ['de-CH', ['de-CH', 'de']],
  ['fr', ['fr']],
]);
const KEYS = [...CHAINS.keys()].map((locale) => `name:${locale}`);
const object = 'fields:\n  name: { type: text, translatable: true }\n  size: { type: number }\n';

// Few and awkward characters, so that generated patterns meet generated texts and languages each other.
const character = fc.constantFrom('a', 'A', 'b', '0', '%', '_', '\\', '"', "'", 'é', '\n', '😀');
const text = fc.string({ unit: character, minLength: 1, maxLength: 3 });
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 2 });
const row = fc.record({
  name: orNull(text),
  size: fc.integer({ min: 0, max: 3 }),
  ...Object.fromEntries(KEYS.map((key) => [key, orNull(text)])),
});
const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record({
      op: fc.constantFrom('eq', 'ne', 'gt', 'lte', 'contains', 'startsWith', 'ilike'),
      field: fc.constant('name'),
      value: text,
    }),
    fc.record({
      op: fc.constantFrom('in', 'nin'),
      field: fc.constant('name'),
      value: fc.array(text, { maxLength: 4 }),
    }),
    fc.constant({ op: 'isNull', field: 'name', value: true } as const),
    fc.constant({ op: 'gt', field: 'size', value: 1 } as const),
    fc.record({
      op: fc.constantFrom('and', 'or'),
      args: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({ op: fc.constant('not' as const), arg: tie('filter') }),
  ),
}));
const query = fc.record({
  locale: fc.constantFrom(undefined, ...CHAINS.keys()),
  filter,
  direction: fc.constantFrom('asc' as const, 'desc' as const),
});

/** What a record reads like, without any thought of speed. */
function readIn(locale: string | undefined, record: RecordData): RecordData {
  const keys = (CHAINS.get(locale ?? '') ?? []).map((one) => `name:${one}`);
  const name = [...keys, 'name'].map((key) => record[key] ?? null).find((value) => value !== null);
  return { id: record['id'], size: record['size'], name: name ?? null };
}

const names = (await databaseNames()).filter((name) => name !== 'mongo');

it.each(names)(
  'generated queries find in every language what is read in it, on %s',
  async (name) => {
    const database = await openDatabase(name);
    const languages = () => ({ default: 'en', chains: CHAINS });
    const engine = await openEngine({ url: database.url, objects: { thing: object }, languages });
    onTestFinished(async () => {
      await engine.close();
      await database.drop();
    });
    let round = 0;
    const scenario = fc.record({
      rows: fc.array(row, { minLength: 1, maxLength: 12 }),
      queries: fc.array(query, { minLength: 1, maxLength: 8 }),
    });
    const property = fc.asyncProperty(scenario, async ({ rows, queries }) => {
      round += 1;
      const things = rows.map((one, at): RecordData => ({ ...one, id: `r${round}-${10 + at}` }));
      await engine.insertMany('thing', things, system, { acceptId: true });
      const stored: RecordData[] = things.map((one) => {
        const given = KEYS.map((key) => one[key] ?? null).find((value) => value !== null);
        return { ...one, name: one['name'] ?? given ?? null };
      });
      for (const { locale, filter: wanted, direction } of queries) {
        const orderBy: SortKey[] = [
          { field: 'name', direction },
          { field: 'id', direction: 'asc' },
        ];
        const mine: Filter = { op: 'startsWith', field: 'id', value: `r${round}-` };
        const where: Filter = { op: 'and', args: [mine, wanted] };
        const ctx = { ...system, recordLocale: locale };
        const fields = ['id', 'size', 'name'];
        const { records } = await engine.find('thing', { where, orderBy, fields }, ctx);
        const read = stored.map((one) => readIn(locale, one));
        expect(records).toEqual(
          sorted(
            read.filter((one) => matches(wanted as never, one)),
            orderBy,
          ),
        );
      }
    });
    await fc.assert(property, { numRuns: 10 });
  },
);
