import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../src/index.js';

const GOOD = 'kW3v9Zr0qLx7TfB2uYp8HsNc5JdGe1Mo';
const LOW_VARIETY = 'a'.repeat(40);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-weak-'));
  mkdirSync(path.join(folder, 'objects'));
  writeFileSync(
    path.join(folder, 'objects/note.object.yml'),
    'fields: { title: { type: text } }\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts in production with a configuration and an environment; what it failed with. */
async function failureOf(
  config: object,
  environment: Record<string, string>,
): Promise<string | undefined> {
  writeFileSync(path.join(folder, 'objectos.config.json'), JSON.stringify(config));
  let err = '';
  const io = {
    stdout: { write: () => true },
    stderr: { write: (text: string) => (err += text) },
    environment: { NODE_ENV: 'production', ...environment },
    signal: AbortSignal.timeout(60_000),
  };
  expect(await main(['start', folder, '--port', '0', '--json'], io)).toBe(1);
  expect(err).not.toContain(LOW_VARIETY);
  return err.trim().split('\n').at(-1);
}

const own = (plugin: string, values: object) => ({ pluginConfig: { [plugin]: values } });

describe('a start in production is refused with a weak secret', () => {
  it.each([
    ['of sign-in', {}, { OBJECTOS_SECRET: LOW_VARIETY }, 'auth_secret_required'],
    ['of an example', {}, { OBJECTOS_SECRET: `changeme${GOOD}` }, 'auth_secret_required'],
    ['that is short', {}, { OBJECTOS_SECRET: 'secret' }, 'config_invalid'],
    [
      'without sign-in',
      { security: 'startup-token' },
      { OBJECTOS_SECRET: LOW_VARIETY },
      'The secret of @objectos/storage cannot be used',
    ],
    [
      'of a start-up token',
      { security: 'startup-token' },
      { OBJECTOS_STARTUP_TOKEN: LOW_VARIETY },
      'startup_token_weak',
    ],
    [
      'that signs addresses of files',
      own('@objectos/storage', { secret: LOW_VARIETY }),
      { OBJECTOS_SECRET: GOOD },
      'secret_weak',
    ],
    [
      'that seals notifications',
      own('@objectos/notification', { secret: 'secret' }),
      { OBJECTOS_SECRET: GOOD },
      'secret_weak',
    ],
    [
      'that signs checkpoints of the audit log',
      own('@objectos/audit', { signingKey: 'changeme' }),
      { OBJECTOS_SECRET: GOOD },
      'secret_weak',
    ],
    [
      'that encrypts fields',
      {},
      { OBJECTOS_SECRET: GOOD, OBJECTOS_ENCRYPTION_KEYS: `k:${btoa('a'.repeat(32))}` },
      'encryption_keys_invalid',
    ],
  ])('%s', { timeout: 60_000 }, async (_name, config, environment, told) => {
    // More than one plugin may refuse it: then the failure tells of each.
    expect(await failureOf(config, environment)).toContain(told);
  });
});
