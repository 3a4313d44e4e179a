import type { DerivedColumn, DistanceColumn, Driver } from '@objectql/core/driver';
import { beforeEach, describe, expect, it } from 'vitest';
import { insertThings, thing } from '../fixture.js';

const ROWS = [
  { id: '1', tags: [1, 0, 0] },
  { id: '2', tags: [0.9, 0.1, 0] },
  { id: '3', tags: [0, 3, 4] },
  { id: '4', tags: [-1, 0, 0] },
  { id: '5', tags: [0, 0, 0] },
  { id: '6', tags: null },
  { id: '7', tags: [1, 0] },
  { id: '8', tags: { a: 1 } },
];

/** Distances of vectors, which are JSON lists of numbers. */
export function vectorCases(current: () => Driver): void {
  describe('vectors', () => {
    beforeEach(async ({ skip }) => {
      skip(current().capabilities.vectors !== true, 'the driver does not declare "vectors"');
      await insertThings(current(), ROWS);
    });

    async function distances(metric: DistanceColumn['metric']) {
      const vector = [1, 0, 0];
      const derived: DerivedColumn[] = [
        { kind: 'distance', alias: 'd:0', column: 'tags', vector, metric },
      ];
      const rows = await current().reader.find({
        table: thing,
        columns: ['id', 'd:0'],
        derived,
        where: { op: 'isNull', field: 'd:0', value: false },
        orderBy: [
          { field: 'd:0', direction: 'asc' },
          { field: 'id', direction: 'asc' },
        ],
      });
      return rows.map((row) => [row['id'], Number((row['d:0'] as number).toFixed(6))]);
    }

    it('are as far apart as the metric says; what is no vector of that length is nowhere', async () => {
      expect(await distances('cosine')).toEqual([
        ...[
          ['1', 0],
          ['2', 0.006116],
          ['3', 1],
          ['5', 1],
          ['4', 2],
        ],
      ]);
      expect(await distances('euclidean')).toEqual([
        ...[
          ['1', 0],
          ['2', 0.141421],
          ['5', 1],
          ['4', 2],
          ['3', 5.09902],
        ],
      ]);
      expect(await distances('manhattan')).toEqual([
        ...[
          ['1', 0],
          ['2', 0.2],
          ['5', 1],
          ['4', 2],
          ['3', 8],
        ],
      ]);
      const products = await distances('dotProduct');
      expect(products.map(([id]) => id)).toEqual(['1', '2', '3', '5', '4']);
      expect(products[0]?.[1]).toBe(-1);
    });
  });
}
