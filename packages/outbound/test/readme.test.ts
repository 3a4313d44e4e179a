import { readmeExample } from '@objectos/testing';
import { expect, it } from 'vitest';

it('shows the example that runs here', async () => {
  expect(await readmeExample(import.meta.url, () => import('./readme-example.js'))).toEqual([
    ['outbound_blocked', '"169.254.169.254" is not called: it leads to a metadata service.'],
    ['outbound_blocked', '"127.0.0.1" is not called: it leads to a private or reserved address.'],
    [
      'outbound_url_invalid',
      'The address "file:///etc/passwd" cannot be called: only http and https are called.',
    ],
  ]);
});
