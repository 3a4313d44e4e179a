import { readmeExample } from '@objectos/testing';
import { expect, it } from 'vitest';

it('shows the example that runs here', async () => {
  expect(await readmeExample(import.meta.url, () => import('./readme-example.js'))).toEqual([
    ['system:example', { name: 'Acme' }, { name: 'Acme AG' }],
    [[{ tenantId: 'acme', entries: 2, valid: true }]],
  ]);
});
