import { readmeExample } from '@objectos/testing';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';

it('shows the example that runs here', async () => {
  const folder = path.resolve(import.meta.dirname, '../../..');
  const where = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  onTestFinished(() => where.mockRestore());
  expect(await readmeExample(import.meta.url, () => import('./readme-example.js'))).toEqual([
    [0, '1 file, 1 object: no problem\n'],
  ]);
});
