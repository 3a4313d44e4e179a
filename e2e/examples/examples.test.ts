import { readSources } from '@objectql/core/node';
import { buildSnapshot, formatProblems, parseSource } from '@objectql/core';
import { expect, test } from 'vitest';
import { exampleFolder } from './boot-application.js';

async function load(name: string) {
  const files = await readSources(['**/*.yml', '!*.yml', '!access/**'], {
    cwd: exampleFolder(name),
  });
  const sources = files.map(parseSource);
  // The standard plugins that give the examples' metadata its effect.
  const activePlugins = new Set(['@objectos/permissions', '@objectos/i18n', '@objectos/storage']);
  return buildSnapshot([{ name: 'app', sources }], { activePlugins });
}

test.each(['crm', 'minimal'])(
  '%s: everything is valid, and nothing waits for another plugin',
  async (name) => {
    const { problems, notices, snapshot } = await load(name);
    expect(formatProblems(problems)).toBe('');
    expect(notices.map(({ message }) => message)).toEqual([]);
    expect(snapshot?.objects.size).toBeGreaterThan(0);
  },
);

test('the CRM has at least twelve objects, each with a view and in reach of the app', async () => {
  const { snapshot } = await load('crm');
  const objects = [...(snapshot?.objects.values() ?? [])].filter((meta) => !meta.system);
  expect(objects.length).toBeGreaterThanOrEqual(12);
  const views = snapshot?.items.get('view') ?? new Map<string, unknown>();
  for (const { name } of objects) expect(views.has(name), name).toBe(true);
});
