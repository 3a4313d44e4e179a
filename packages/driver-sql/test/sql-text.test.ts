import type {
  AggregateStatement,
  FindStatement,
  RowFilter,
  TableSchema,
} from '@objectql/core/driver';
import { isObjectOSError } from '@objectos/spec/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postgresDialect } from '../src/postgres/dialect.js';
import { aggregateSql } from '../src/sql/aggregate.js';
import { followSql } from '../src/sql/follow.js';
import { createPlanner } from '../src/sql/plan.js';
import { countSql, deleteSql, findSql, updateSql } from '../src/sql/statements.js';
import { sqliteDialect } from '../src/sqlite/dialect.js';

const table: TableSchema = {
  name: 'thing',
  sequence: 'seq',
  columns: [
    { name: 'seq', type: 'integer', nullable: false },
    { name: 'name', type: 'text', nullable: true },
    { name: 'code', type: 'text', nullable: true },
    { name: 'size', type: 'real', nullable: true },
    { name: 'tags', type: 'json', nullable: true },
    { name: 'seen', type: 'datetime', nullable: true },
  ],
  indexes: [],
};

/** A mark in every generated text, which no SQL may contain. */
const MARK = 'm4rk';
const hostile = fc
  .tuple(
    fc.constantFrom(
      `'`,
      `"`,
      `' OR 1=1 --`,
      '; DROP TABLE thing',
      '$1',
      '?',
      '\\',
      '%',
      '_',
      '*/',
      '',
    ),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
  )
  .map(([one, other]) => `${one}${MARK}${other.replaceAll('\0', '')}`);

const asc = 'asc' as const;
const textOperators = [
  'contains',
  'notContains',
  'startsWith',
  'endsWith',
  'like',
  'ilike',
] as const;

/** Every position in which a caller's text is a value. */
function filters(text: string): RowFilter[] {
  return [
    ...(['eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const).map((op): RowFilter => ({
      op,
      field: 'name',
      value: text,
    })),
    // What follows the wildcard is no prefix, which would bring a range of its own.
    ...textOperators.map((op): RowFilter => ({ op, field: 'name', value: `%${text}` })),
    { op: 'in', field: 'name', value: [text, `${text}2`] },
    { op: 'nin', field: 'name', value: Array.from({ length: 20 }, () => text) },
    { op: 'between', field: 'name', value: [text, text] },
    { op: 'contains', field: 'tags', value: text },
    { op: 'not', arg: { op: 'contains', field: 'tags', value: text } },
    {
      op: 'exists',
      table,
      on: [{ outer: 'name', inner: 'code' }],
      where: { op: 'eq', field: 'name', value: text },
    },
  ];
}

describe.each([sqliteDialect, postgresDialect])('texts of SQL for $name', (dialect) => {
  const planner = createPlanner(dialect);

  it('hold no value, whatever it is, and are as many as there are kinds of statement', () => {
    const texts = new Map<string, Set<string>>();
    const note = (kind: string, text: string): void => {
      expect(text, kind).not.toContain(MARK);
      (texts.get(kind) ?? texts.set(kind, new Set()).get(kind))?.add(text);
    };
    fc.assert(
      fc.property(
        hostile,
        fc.nat(5_000),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (text, page, size) => {
          for (const [index, where] of filters(text).entries()) {
            note(
              `find ${index}`,
              findSql({ table, columns: ['name'], where, offset: page }, planner).text,
            );
            note(`count ${index}`, countSql({ table, where }, planner).text);
            note(`delete ${index}`, deleteSql({ table, where }, planner).text);
            const set = { name: text, size, tags: { [text]: text } };
            note(`update ${index}`, updateSql({ table, set, where }, planner).text);
          }
          const statement: AggregateStatement = {
            table,
            groupBy: [
              'name',
              { column: 'seen', unit: 'month', timeZone: 'Europe/Berlin', alias: text },
            ],
            aggregations: [{ function: 'sum', column: 'size', alias: `${text} sum` }],
            having: { op: 'gt', field: `${text} sum`, value: size },
            orderBy: [{ field: text, direction: asc }],
          };
          note('aggregate', aggregateSql(statement, planner).text);
          const follow = { table, columns: ['name'], after: `${page}`, limit: 10 };
          note('follow', followSql(follow, planner).text);
        },
      ),
      { numRuns: 300 },
    );
    for (const [kind, found] of texts) expect([...found], kind).toHaveLength(1);
  });

  it('differ between page sizes for a few usual ones only', () => {
    const texts = new Set<string>();
    for (let limit = 0; limit <= 1_001; limit += 1) {
      texts.add(findSql({ table, columns: ['name'], limit }, planner).text);
    }
    expect(texts.size).toBeLessThan(25);
  });

  it('are few for lists of any length', () => {
    const texts = new Set<string>();
    for (let length = 1; length <= 2_000; length += 1) {
      const where: RowFilter = { op: 'in', field: 'name', value: Array.from({ length }, String) };
      const { text, values } = findSql({ table, columns: ['name'], where }, planner);
      texts.add(text);
      // Every value that is bound costs time, so a short list binds no more than it has.
      expect(values.length).toBeLessThanOrEqual(length <= 8 ? length : 1);
    }
    expect(texts.size).toBeLessThan(10);
  });

  it('are refused where a name is none of the table', () => {
    const find = (rest: Partial<FindStatement>) =>
      findSql({ table, columns: ['name'], ...rest }, planner);
    const aggregate = (rest: Partial<AggregateStatement>) =>
      aggregateSql({ table, aggregations: [{ function: 'count', alias: 'n' }], ...rest }, planner);
    fc.assert(
      fc.property(hostile, (text) => {
        const sort = [{ field: text, direction: asc }];
        const where: RowFilter = { op: 'eq', field: text, value: 1 };
        for (const work of [
          () => find({ columns: [text] }),
          () => find({ where }),
          () => find({ where: { op: 'compareFields', operator: 'eq', left: 'name', right: text } }),
          () => find({ where: { op: 'exists', table, on: [{ outer: text, inner: 'name' }] } }),
          () => find({ orderBy: sort }),
          () => find({ perValue: { column: text, limit: 1 } }),
          () => find({ limit: text as unknown as number }),
          () => aggregate({ groupBy: [text] }),
          () =>
            aggregate({ groupBy: [{ column: 'seen', unit: 'day', timeZone: text, alias: 'x' }] }),
          () => aggregate({ having: where }),
          () => aggregate({ orderBy: sort }),
          () => aggregate({ aggregations: [{ function: 'sum', column: text, alias: 'x' }] }),
          () => updateSql({ table, set: { [text]: 1 }, where: { op: 'and', args: [] } }, planner),
          () => planner.plan({ ...table, name: `${text}"` }),
          () => followSql({ table, columns: ['name'], after: text, limit: 1 }, planner),
        ]) {
          try {
            work();
            expect.unreachable(`accepted ${text}`);
          } catch (error) {
            if (!isObjectOSError(error, 'storage_failed')) throw error;
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
