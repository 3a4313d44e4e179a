import { readmeExample } from '@objectos/testing';
import { expect, it, vi } from 'vitest';

it('shows the example that runs here', async () => {
  // The kernel's log says that there is no database.
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const printed = await readmeExample(import.meta.url, () => import('./readme-example.js'));
  warn.mockRestore();
  expect(printed).toContainEqual(['INV-7 is paid']);
});
