import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { loadCases } from './cases.js';
import { root } from '../support/server.js';
import { missingTests, type TestClaim } from './titles.js';

const page = readFileSync(path.join(root, 'docs/security/asvs-l2.md'), 'utf8');
const requirements = readFileSync(
  path.join(import.meta.dirname, 'asvs-requirements.txt'),
  'utf8',
).trim();

/** The rows of the tables: a requirement, and what holds it. */
const held = [...page.matchAll(/^\| V(\d+(?:\.\d+)+) +\|[^|]*\|(.*)\|$/gm)].map(
  ([, id = '', by = '']) => ({ id, by: by.trim().split('<br>') }),
);

it('names each requirement of levels 1 and 2 once, and no other', () => {
  const named = [...page.matchAll(/\bV(\d+\.\d+\.\d+)\b/g)].map(([, id = '']) => id).sort();
  expect(named).toEqual(requirements.split('\n').sort());
});

it('says of each requirement in a table what holds it, with tests that exist', () => {
  const claims: TestClaim[] = [];
  const wrong: string[] = [];
  const golden = new Set(loadCases().map(({ row }) => row));
  for (const { id, by } of held) {
    for (const one of by) {
      const [, file, title] = /^`([^`]+)`: (.+)$/.exec(one) ?? [];
      const rows = /^golden cases of rows? ([\d, ]+)$/.exec(one)?.[1]?.split(', ').map(Number);
      if (file !== undefined && title !== undefined) claims.push({ file, title: unescaped(title) });
      else if (rows === undefined) wrong.push(`V${id}: "${one}"`);
      for (const row of rows ?? [])
        if (!golden.has(row)) wrong.push(`V${id}: no case of row ${row}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(missingTests(claims)).toEqual([]);
  expect(held.length).toBeGreaterThan(90);
});

it('counts right', () => {
  expect(page).toContain(`Each of the ${requirements.split('\n').length} requirements`);
  expect(page).toContain(`\n${held.length} requirements.`);
});

/** The formatter of the repository escapes what Markdown would read as a mark. */
function unescaped(text: string): string {
  return text.replaceAll(/\\([_*`|<>])/g, '$1');
}
