import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, it, vi } from 'vitest';

const here = dirname(fileURLToPath(import.meta.url));

it('the example of the README runs and prints the user', async () => {
  const readme = await readFile(join(here, '../README.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const folder = await mkdtemp(join(here, 'readme-'));
  const print = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    const file = join(folder, 'example.ts');
    await writeFile(file, example.replace("'@objectos/auth'", "'../../src/index.js'"));
    await import(/* @vite-ignore */ pathToFileURL(file).href);
    expect(print.mock.calls.flat()).toContainEqual(
      expect.objectContaining({ email: 'ada@example.com' }),
    );
  } finally {
    print.mockRestore();
    await rm(folder, { recursive: true, force: true });
  }
});
