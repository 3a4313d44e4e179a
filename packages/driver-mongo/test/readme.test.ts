import { readmeExample } from '@objectos/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { startEmulator } from './emulator/emulator.js';

afterEach(() => vi.unstubAllEnvs());

it('shows the example that runs here', async () => {
  const emulator = await startEmulator();
  vi.stubEnv('DATABASE_URL', emulator.url);
  expect(await readmeExample(import.meta.url, () => import('./readme-example.js'))).toEqual([
    [[{ id: 'Oslo' }]],
  ]);
  await emulator.stop();
});
