import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  brokenLinks,
  codeBlocks,
  listPages,
  namedPaths,
  namedScripts,
  readPage,
  root,
} from './markdown.js';

const pages = listPages();
const scripts = Object.keys(
  (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts,
);
/** What pnpm itself knows. */
const builtIn = ['install', 'exec', 'add'];

test('the pages that a newcomer opens are there', () => {
  for (const page of [
    'README.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'docs/glossary.md',
  ]) {
    expect(pages).toContain(page);
  }
});

test.each(['guide', 'operations', 'security'])(
  'docs/README.md leads to all of docs/%s',
  (folder) => {
    const contents = readFileSync(join(root, 'docs/README.md'), 'utf8');
    const missing = readdirSync(join(root, 'docs', folder))
      .filter((page) => page.endsWith('.md'))
      .filter((page) => !contents.includes(`(${folder}/${page})`));
    expect(missing).toEqual([]);
  },
);

test.each(readdirSync(join(root, 'packages')))('packages/%s has a README', (folder) => {
  const readme = join(root, 'packages', folder, 'README.md');
  expect(existsSync(readme)).toBe(true);
  expect(readFileSync(readme, 'utf8')).toMatch(/^```(ts|formula|yaml|sh)$/m);
});

describe.each(pages)('%s', (page) => {
  test('its links lead somewhere', () => {
    expect(brokenLinks(page)).toEqual([]);
  });

  test('the paths it names exist', () => {
    expect(namedPaths(page).filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });

  test('the scripts it names exist', () => {
    const known = new Set([...scripts, ...builtIn]);
    expect(namedScripts(page).filter((script) => !known.has(script))).toEqual([]);
  });
});

test('the README has one block for the first run, and each of its lines is a comment or a curl', () => {
  const blocks = codeBlocks('README.md').filter(({ text }) =>
    text.startsWith('# example: first-run\n'),
  );
  expect(blocks).toHaveLength(1);
  for (const line of (blocks[0]?.text ?? '').trim().split('\n'))
    expect(line).toMatch(/^(#|(export [A-Z]+=\$\()?curl -s |$)/);
});

test('the plugin of the guide is the one that is compiled and run', () => {
  const [block] = codeBlocks('docs/guide/plugins.md').filter(({ language }) => language === 'ts');
  expect(block?.text).toBe(readFileSync(join(root, 'e2e/docs/greeter.ts'), 'utf8'));
});

test('the decisions are listed, and each has the three parts', () => {
  const decisions = pages.filter((page) => /^docs\/adr\/\d{4}-/.test(page));
  expect(decisions.length).toBeGreaterThanOrEqual(11);
  const index = readPage('docs/adr/README.md');
  for (const page of decisions) {
    expect(index).toContain(page.slice('docs/adr/'.length));
    for (const part of ['## Context', '## Decision', '## Consequences'])
      expect(readPage(page)).toContain(part);
  }
});
