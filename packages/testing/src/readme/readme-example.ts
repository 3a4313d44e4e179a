import { readFile } from 'node:fs/promises';
import { expect, vi } from 'vitest';

/**
 * Checks that the first `ts` sample of a package's README is `test/readme-example.ts`, runs it, and
 * returns what it printed, one list of arguments per line.
 *
 * @param testUrl `import.meta.url` of a test in the package's `test` folder
 */
export async function readmeExample(
  testUrl: string,
  run: () => Promise<unknown>,
): Promise<unknown[][]> {
  const textOf = (path: string) => readFile(new URL(path, testUrl), 'utf8');
  const sample = /```ts\n([\s\S]*?)```/.exec(await textOf('../README.md'))?.[1];
  expect(sample, 'the README shows test/readme-example.ts').toBe(
    await textOf('./readme-example.ts'),
  );
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await run();
    return log.mock.calls;
  } finally {
    log.mockRestore();
  }
}
