import { systemContext } from '@objectos/spec/contracts';
import { createDataRuntime } from '@objectql/core';
import { SqlDriver } from '@objectql/driver-sql';
import { expect, onTestFinished, test } from 'vitest';
import { codeBlocks } from './markdown.js';

test('the example of the migration guide does what the guide says', async () => {
  const blocks = codeBlocks('docs/guide/migrations.md').filter(
    ({ language }) => language === 'yml',
  );
  const layersOf = (text = '') => [
    { layer: 'app', files: [{ file: 'objects/contact.object.yml', text }] },
  ];
  const before = layersOf(blocks[0]?.text);
  const after = layersOf(blocks[1]?.text);
  const driver = new SqlDriver({ url: 'sqlite::memory:' });
  onTestFinished(() => driver.close());
  const runtime = createDataRuntime({ driver });
  const ctx = systemContext('test');
  await runtime.load(before);
  const person = { first_name: 'Ada', last_name: 'Lovelace', mail: 'ada@example.com', age: '36' };
  await runtime.engine.insert('contact', person, ctx);

  const target = await runtime.target(after);
  const report = await runtime.migrator.plan(target);
  expect(report.risk).toBe('backfill');
  expect([...new Set(report.plan.steps.map(({ phase }) => phase))]).toEqual([
    'expand',
    'backfill',
    'verify',
    'contract',
  ]);
  await expect(runtime.load(after)).rejects.toMatchObject({ code: 'migration_required' });
  const { waiting } = await runtime.migrator.apply(target);
  expect(waiting).toHaveLength(2);
  await runtime.load(after);
  const { records } = await runtime.engine.find('contact', {}, ctx);
  expect(records).toMatchObject([
    { name: 'Ada Lovelace', email: 'ada@example.com', age: 36, status: 'active' },
  ]);
});
