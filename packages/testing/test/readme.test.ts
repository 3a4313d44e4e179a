import { expect, it } from 'vitest';
import { readmeExample } from '../src/index.js';

it('shows the example that runs here', async () => {
  expect(await readmeExample(import.meta.url, () => import('./readme-example.js'))).toEqual([
    ['2026-01-01'],
  ]);
});
