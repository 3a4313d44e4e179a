import { SqlDriver } from '@objectql/driver-sql';
import type { Row, RowFilter } from '@objectql/core/driver';
import { matches } from '@objectos/testing';
import type { Document } from 'mongodb';
import fc from 'fast-check';
import { aggregate, Query } from 'mingo';
import { describe, expect, it } from 'vitest';
import { conditionExpression } from '../src/query/expression.js';
import { plainQuery, statementScope } from '../src/query/filter.js';
import { likePattern, literalPattern } from '../src/query/pattern.js';
import { documentOf } from '../src/write/documents.js';
import { aggregated } from './emulator/evaluate.js';
import { filter, item, row } from './generated.js';
import { plainDocuments, viewsOf, withPlainNumbers } from './rows.js';

const views = viewsOf(item);
const scope = () => statementScope(views(item), views);

const complete = (rows: readonly Row[]): Row[] =>
  rows.map((values, index) => ({ id: String(index + 10), ...values }));

/** What mingo, an evaluator of MongoDB's queries that others wrote, finds with our query. */
function byQuery(where: RowFilter, documents: readonly Document[]): unknown[] {
  const query = new Query(withPlainNumbers(plainQuery(where, scope())) as object);
  return documents.filter((one) => query.test(one)).map((one): unknown => one['_id']);
}

/** The same with our expression. */
function byExpression(where: RowFilter, documents: readonly Document[]): unknown[] {
  const $expr = withPlainNumbers(conditionExpression(where, scope()));
  const found = aggregate(
    [...documents],
    [{ $set: { found: $expr } }, { $match: { found: true } }],
  );
  return found.map(({ _id }) => _id);
}

/** And where empty is less than everything, as on the server, which mingo does not have. */
function byOrderOfBson(where: RowFilter, rows: readonly Row[]): unknown[] {
  const documents = rows.map((values) => documentOf(values, views(item)));
  const found = { $set: { found: conditionExpression(where, scope()) } };
  const stages = [found, { $match: { found: true } }];
  return aggregated(documents, stages, () => []).map(({ _id }): unknown => _id);
}

describe('compiled filters', () => {
  it('find in mingo what they find on SQLite and in the naive evaluation', async () => {
    const sqlite = new SqlDriver({ url: ':memory:' });
    await sqlite.connect();
    await sqlite.applySchema([{ kind: 'createTable', table: item }]);
    const scenario = fc.record({
      rows: fc.array(row, { maxLength: 10 }).map(complete),
      filters: fc.array(filter, { minLength: 1, maxLength: 6 }),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ rows, filters }) => {
        await sqlite.transaction(async (session) => {
          await session.delete({ table: item, where: { op: 'and', args: [] } });
          await session.insert(item, rows);
        });
        const documents = plainDocuments(item, rows);
        for (const where of filters) {
          const naive = rows.filter((each) => matches(where, each)).map(({ id }) => id);
          expect(byQuery(where, documents), 'query').toEqual(naive);
          expect(byExpression(where, documents), 'expression').toEqual(naive);
          expect(byOrderOfBson(where, rows), 'expression in the order of BSON').toEqual(naive);
          const found = await sqlite.reader.find({ table: item, columns: ['id'], where });
          expect(found.map(({ id }) => id).sort(), 'SQLite').toEqual(naive);
        }
      }),
      { numRuns: 400 },
    );
    await sqlite.close();
  });

  it('end patterns by what is no line break: the server lets a dollar sign pass one', () => {
    const column = { table: 'item', name: 'name', type: 'text' } as const;
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (text, ignoreCase) => {
        for (const { source } of [
          likePattern(text, ignoreCase, column),
          literalPattern(text, 'endsWith', column),
        ]) {
          expect(source.replace(/\\[\s\S]/g, '')).not.toContain('$');
        }
      }),
    );
  });
});
