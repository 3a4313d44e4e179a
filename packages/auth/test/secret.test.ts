import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authConfigSchema } from '../src/index.js';
import { resolveSecret } from '../src/secret.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-auth-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const resolve = (input: object) => resolveSecret(authConfigSchema.parse(input));

describe('the secret', () => {
  it.each([
    ['none', {}],
    ['a short one', { secret: 'x1y2z3' }],
    ['one of an example', { secret: 'please-change-this-to-32-random-characters' }],
    ['one that is easy to guess', { secret: 'change-me-'.repeat(1) + 'e'.repeat(40) }],
  ])('is refused: %s (auth_secret_required)', async (_name, input) => {
    const refused = resolve(input);
    await expect(refused).rejects.toMatchObject({ code: 'auth_secret_required' });
    await expect(refused).rejects.toHaveProperty(
      'hint',
      expect.stringContaining('OBJECTOS_SECRET'),
    );
  });

  it('is made once where that is allowed, and kept for its owner', async () => {
    const input = { requireSecret: false, dataFolder: path.join(folder, 'data') };
    const made = await resolve(input);
    expect(await resolve(input)).toBe(made);
    const file = path.join(folder, 'data', 'secret');
    expect(readFileSync(file, 'utf8').trim()).toBe(made);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
