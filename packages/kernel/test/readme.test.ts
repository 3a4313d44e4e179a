import { readFile } from 'node:fs/promises';
import { expect, it, onTestFinished, vi } from 'vitest';

const textOf = (path: string) => readFile(new URL(path, import.meta.url), 'utf8');

it('shows the example that runs here', async () => {
  const example = /```ts\n([\s\S]*?)```/.exec(await textOf('../README.md'))?.[1];
  expect(example).toBe(await textOf('./readme-example.ts'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  onTestFinished(() => log.mockRestore());
  await import('./readme-example.js');
  expect(log.mock.calls).toEqual([['Hello, Ada.'], [[['greeter'], ['visitor']]]]);
});
