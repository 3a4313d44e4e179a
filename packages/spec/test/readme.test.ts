import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { formats } from '@objectos/spec/metadata';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const temporary = mkdtempSync(fileURLToPath(new URL('./.readme-', import.meta.url)));

afterAll(() => rmSync(temporary, { recursive: true }));

test('the example runs and says what the README says', async () => {
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const file = `${temporary}/example.ts`;
  writeFileSync(file, example);
  const { output } = (await import(file)) as { output: string[] };
  expect(output).toHaveLength(2);
  for (const line of output) expect(example).toContain(`// ${line}`);
});

test('the file for the editor is valid', () => {
  const yaml = /```yml\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const schema = /\/(\w+)\.schema\.json/.exec(yaml)?.[1];
  expect(schema).toBe('object');
  expect(formats.object.schema.safeParse(parse(yaml)).success).toBe(true);
});
