import type { FormulaType, SqlColumn } from '@objectos/formula';
import fc from 'fast-check';

/** A row of the table that formulas are computed on. */
export type TestRow = Readonly<Record<string, unknown>>;

interface TestField {
  readonly type: FormulaType;
  readonly column: SqlColumn;
  readonly values: fc.Arbitrary<unknown>;
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');
const day = fc
  .integer({ min: -719_162, max: 2_932_896 })
  .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));
const nearDay = fc
  .integer({ min: 20_000, max: 21_000 })
  .map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10));
const instant = fc
  .integer({ min: -2_208_988_800_000, max: 4_102_444_800_000 })
  .map((ms) => new Date(ms).toISOString());
const clock = fc
  .integer({ min: 0, max: 86_399 })
  .map(
    (s) => `${pad(Math.floor(s / 3600), 2)}:${pad(Math.floor(s / 60) % 60, 2)}:${pad(s % 60, 2)}`,
  );
const money = fc.integer({ min: -10_000_000, max: 10_000_000 }).map((cents) => cents / 100);
const word = fc.oneof(
  fc.constantFrom('', 'a', 'banana', 'Ä', 'won', ' padded\u00a0', "o'hara \\ n", '😀a😀'),
  fc.string({ maxLength: 8, unit: 'grapheme' }).map((text) => text.replaceAll('\0', '')),
);

function field(type: FormulaType, column: SqlColumn, values: fc.Arbitrary<unknown>): TestField {
  return { type, column, values: fc.option(values, { freq: 6, nil: null }) };
}

/** Fields of every kind, by name. */
export const FIELDS: ReadonlyMap<string, TestField> = new Map([
  ['amount', field('currency', { sql: '"amount"', type: 'decimal', scale: 2 }, money)],
  ['price', field('number', { sql: '"price"', type: 'decimal', scale: 2 }, money)],
  [
    'quantity',
    field('number', { sql: '"quantity"', type: 'integer' }, fc.integer({ min: -20, max: 20 })),
  ],
  [
    'loose',
    field(
      'number',
      { sql: '"loose"', type: 'decimal' },
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((x) => x + 0),
    ),
  ],
  [
    'ratio',
    field('number', { sql: '"ratio"', type: 'real' }, fc.constantFrom(0, 0.1, 0.5, 1, 2.5)),
  ],
  ['name', field('text', { sql: '"name"', type: 'text' }, word)],
  [
    'stage',
    field('picklist', { sql: '"stage"', type: 'text' }, fc.constantFrom('won', 'lost', 'open')),
  ],
  ['active', field('boolean', { sql: '"active"', type: 'boolean' }, fc.boolean())],
  ['born', field('date', { sql: '"born"', type: 'date' }, fc.oneof(day, nearDay))],
  ['closed', field('date', { sql: '"closed"', type: 'date' }, nearDay)],
  ['seen', field('datetime', { sql: '"seen"', type: 'datetime' }, instant)],
  ['seen2', field('datetime', { sql: '"seen2"', type: 'datetime' }, instant)],
  ['opens', field('time', { sql: '"opens"', type: 'time' }, clock)],
  [
    'tags',
    field(
      'list',
      { sql: '"tags"', type: 'list' },
      fc.uniqueArray(fc.constantFrom('red', 'green', 'Ä'), { minLength: 1 }),
    ),
  ],
]);

/** Rows with a value or none in every field. Empty text is stored as no value, as the engine does. */
export const rowArbitrary: fc.Arbitrary<TestRow> = fc
  .record(Object.fromEntries([...FIELDS].map(([name, { values }]) => [name, values])))
  .map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, value === '' ? null : value]),
    ),
  );
