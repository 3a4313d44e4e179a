import type { AggregateStatement, DerivedColumn, RowFilter } from '@objectql/core/driver';
import { isObjectOSError } from '@objectos/spec/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateQuery } from '../src/query/aggregate.js';
import { findQuery } from '../src/query/find.js';
import { documentOf, updateOf } from '../src/write/documents.js';
import { filter, item, piece, relatedFilter, row } from './generated.js';
import { viewsOf } from './rows.js';

const views = viewsOf(item, piece);

/** All operators that may reach the server. None runs a script, writes elsewhere or reads files. */
const ALLOWED = new Set(
  (
    '$and $or $nor $not $eq $ne $gt $gte $lt $lte $in $nin $exists $regex $elemMatch $expr ' +
    '$match $lookup $set $sort $skip $limit $project $group $facet $replaceRoot $setWindowFields ' +
    '$literal $ifNull $cond $isArray $type $regexMatch $first $toDouble $toDecimal $sum $avg $min ' +
    '$max $addToSet $size $setDifference $mergeObjects $dateTrunc $dateToString $dateFromString ' +
    '$documentNumber'
  ).split(' '),
);

/** Names that begin with a dollar, outside of literals: operators. */
function operatorsIn(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const one of value) operatorsIn(one, found);
  else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [key, member] of Object.entries(value)) {
      if (key.startsWith('$')) found.add(key);
      if (key !== '$literal') operatorsIn(member, found);
    }
  }
  return found;
}

const refused = (work: () => unknown): boolean => {
  try {
    work();
    return false;
  } catch (error) {
    if (isObjectOSError(error)) return true;
    throw error;
  }
};

describe('operators', () => {
  it('are of a fixed set, whatever the filter', () => {
    fc.assert(
      fc.property(relatedFilter, filter, (where, when) => {
        const derived: DerivedColumn[] = [
          { kind: 'conditional', alias: 'x', when, column: 'size' },
        ];
        const { pipeline } = findQuery(
          { table: item, columns: ['id', 'x'], where, derived },
          views,
        );
        const statement: AggregateStatement = {
          table: item,
          derived,
          groupBy: ['name', { column: 'seen', unit: 'week', alias: '$where' }],
          aggregations: [
            { function: 'sum', column: 'price', alias: '$sum' },
            { function: 'countDistinct', column: 'x', alias: 'a.b' },
          ],
          having: { op: 'gt', field: '$sum', value: 1 },
          where,
        };
        const aggregated = aggregateQuery(statement, views).pipeline;
        for (const operator of operatorsIn([pipeline, aggregated])) {
          expect(ALLOWED, operator).toContain(operator);
        }
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    [{ $ne: null }],
    [{ $gt: '' }],
    [{ $where: 'sleep(1000)' }],
    [{ _bsontype: 'Code', code: '1' }],
    [[{ $ne: null }]],
    [/.*/],
    [new Date(0)],
  ])('never come as the value %j of a filter', (value) => {
    for (const field of ['name', 'size', 'price', 'active', 'born', 'seen', 'tags']) {
      for (const op of ['eq', 'ne', 'gt', 'contains', 'like', 'startsWith', 'in', 'between']) {
        for (const given of op === 'in'
          ? [[value]]
          : op === 'between'
            ? [[value, value]]
            : [value]) {
          const where = { op, field, value: given } as unknown as RowFilter;
          const find = () => findQuery({ table: item, columns: ['id'], where }, views);
          expect(refused(find), `${op} on ${field}`).toBe(true);
        }
      }
    }
  });

  it('never come as a name', () => {
    for (const name of ['$where', 'name.$ne', '__proto__', 'constructor', '_id', '']) {
      const where: RowFilter = { op: 'eq', field: name, value: 'x' };
      const columns = ['id'];
      expect(refused(() => findQuery({ table: item, columns, where }, views))).toBe(true);
      expect(refused(() => findQuery({ table: item, columns: [name] }, views))).toBe(true);
      const orderBy = [{ field: name, direction: 'asc' as const }];
      expect(refused(() => findQuery({ table: item, columns, orderBy }, views))).toBe(true);
      expect(refused(() => updateOf({ [name]: 1 }, views(item)))).toBe(true);
    }
  });

  it('in JSON are text, and come back as they were', () => {
    const hostile = {
      $set: 1,
      'a.b': { $where: 'x' },
      _bsontype: 'ObjectId',
      '': 0,
      '~x': [{ $ne: null, toBSON: 'y' }],
    };
    const document = documentOf({ id: 'a', tags: hostile }, views(item));
    expect([...operatorsIn(document)]).toEqual([]);
    expect(JSON.stringify(document)).not.toMatch(/"(_bsontype|toBSON|a\.b|)":/);
    expect([...operatorsIn(updateOf({ tags: hostile }, views(item)))]).toEqual(['$set']);
  });

  it('are no part of a text that looks like a field', () => {
    fc.assert(
      fc.property(row, (values) => {
        const where: RowFilter = { op: 'eq', field: 'name', value: '$code' };
        const { pipeline } = findQuery(
          {
            table: item,
            columns: ['x'],
            derived: [{ kind: 'conditional', alias: 'x', when: where }],
          },
          views,
        );
        expect(JSON.stringify(pipeline)).toContain('{"$literal":"$code"}');
        documentOf({ id: 'a', ...values }, views(item));
      }),
      { numRuns: 5 },
    );
  });
});
