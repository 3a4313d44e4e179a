import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { renderReference } from './reference.js';

const temporary = mkdtempSync(fileURLToPath(new URL('./.readme-', import.meta.url)));

afterAll(() => {
  rmSync(temporary, { recursive: true });
});

describe('documentation', () => {
  it('has the function table of the code', async () => {
    await expect(renderReference()).toMatchFileSnapshot('../../../docs/reference/formula.md');
  });

  it('has a README whose example runs', async () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const file = `${temporary}/example.ts`;
    writeFileSync(file, example.replace("'@objectos/formula'", "'../../src/index.js'"));
    const loaded = (await import(file)) as { result: unknown };
    expect(loaded.result).toBe(1);
  });
});

describe('the bundle', () => {
  it('runs in a browser: nothing of Node, and no code from text', async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('../src/index.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      conditions: ['@objectos/source'],
    });
    const text = outputFiles[0]?.text ?? '';
    expect(text).toContain('compileFormula');
    expect(text).not.toMatch(/\bnew Function\b|\beval\(|from "node:|require\(/);
  });
});
