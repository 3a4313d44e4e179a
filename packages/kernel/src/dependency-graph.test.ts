import fc from 'fast-check';
import { expect, it } from 'vitest';
import { dependantsOf, topologicalWaves } from './dependency-graph.js';

const graph = (edges: Record<string, string[]>) => new Map(Object.entries(edges));

it('layers a graph, in the order given', () => {
  expect(
    topologicalWaves(graph({ d: ['b', 'c'], c: ['a'], b: ['a'], a: [], z: ['gone'] })),
  ).toEqual({
    waves: [['a', 'z'], ['c', 'b'], ['d']],
    cycles: [],
  });
});

it('names each cycle once, from its smallest member', () => {
  const { cycles } = topologicalWaves(
    graph({ c: ['a'], b: ['c'], a: ['b'], x: ['y'], y: ['x'], self: ['self'], behind: ['a'] }),
  );
  expect(cycles).toEqual([
    ['a', 'b', 'c', 'a'],
    ['x', 'y', 'x'],
    ['self', 'self'],
  ]);
});

it('finds who depends on a node, directly or not', () => {
  const edges = graph({ a: [], b: ['a'], c: ['b'], d: [] });
  expect(dependantsOf(edges, ['a'])).toEqual(new Set(['b', 'c']));
  expect(dependantsOf(edges, ['a', 'b'])).toEqual(new Set(['c']));
  expect(dependantsOf(edges, ['gone'])).toEqual(new Set());
});

const anyGraph = fc
  .array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 1, maxLength: 12 })
  .map((lists) => new Map(lists.map((needs, id) => [String(id), needs.map(String)])));

it('puts every need into an earlier wave, or shows a real cycle', () => {
  fc.assert(
    fc.property(anyGraph, (edges) => {
      const { waves, cycles } = topologicalWaves(edges);
      const waveOf = new Map(
        waves.flatMap((wave, index) => wave.map((id) => [id, index] as const)),
      );
      for (const [id, wave] of waveOf) {
        for (const need of edges.get(id) ?? []) {
          if (edges.has(need)) expect(waveOf.get(need)).toBeLessThan(wave);
        }
      }
      for (const path of cycles) {
        expect(path.at(0)).toBe(path.at(-1));
        for (const [index, id] of path.slice(0, -1).entries()) {
          expect(edges.get(id)).toContain(path[index + 1]);
        }
      }
      expect(cycles.length === 0).toBe(waveOf.size === edges.size);
    }),
  );
});
