import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { loadCases } from './cases.js';
import { missingTests } from './titles.js';

const ROWS = 101;

const rows = z
  .array(
    z.strictObject({
      row: z.int(),
      name: z.string().min(1),
      golden: z.literal(true).optional(),
      tests: z
        .array(z.strictObject({ file: z.string(), title: z.string() }))
        .min(1)
        .optional(),
      pending: z.string().optional(),
    }),
  )
  .parse(parse(readFileSync(path.join(import.meta.dirname, 'rows.yml'), 'utf8')));

it('lists every row of the threat table, each once', () => {
  expect(rows.map(({ row }) => row)).toEqual(Array.from({ length: ROWS }, (_, at) => at + 1));
});

it('says of each row either what tests it, or what it waits for', () => {
  const wrong = rows.filter(
    ({ golden, tests, pending }) =>
      (golden === undefined && tests === undefined) === (pending === undefined),
  );
  expect(wrong).toEqual([]);
});

it('knows of each golden case', () => {
  const cased = [...new Set(loadCases().map(({ row }) => row))].sort((a, b) => a - b);
  expect(cased).toEqual(rows.filter(({ golden }) => golden).map(({ row }) => row));
});

it('names tests that exist', () => {
  expect(missingTests(rows.flatMap(({ tests = [] }) => tests))).toEqual([]);
});

it('finds what does not exist', () => {
  expect(
    missingTests([
      { file: 'e2e/security/nowhere.test.ts', title: 'x' },
      { file: 'e2e/security/rows.test.ts', title: 'a title that no test has'.toUpperCase() },
    ]),
  ).toHaveLength(2);
});
