import { readmeExample } from '@objectos/testing';
import { expect, it } from 'vitest';

it('shows the example that runs here', async () => {
  expect(await readmeExample(import.meta.url, () => import('./readme-example.js'))).toEqual([
    [[{ id: expect.any(String), name: 'Oslo' }]],
  ]);
});
