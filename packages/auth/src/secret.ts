import { secretWeakness } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AuthConfig } from './config.js';

/**
 * The secret of this installation: the configured one, else (where that is allowed) one that is made
 * once and kept in the data folder, readable by its owner only.
 *
 * @throws `auth_secret_required`
 */
export async function resolveSecret(config: AuthConfig): Promise<string> {
  if (config.secret !== undefined) return checked(config.secret);
  if (config.requireSecret)
    throw createError('auth_secret_required', { reason: 'none is configured' });
  if (config.dataFolder === undefined) return randomBytes(48).toString('base64');
  const file = path.join(config.dataFolder, 'secret');
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return checked(kept.trim());
  const made = randomBytes(48).toString('base64');
  await mkdir(config.dataFolder, { recursive: true });
  await writeFile(file, `${made}\n`, { mode: 0o600, flag: 'wx' });
  return made;
}

function checked(secret: string): string {
  const reason = secretWeakness(secret);
  if (reason !== undefined) throw createError('auth_secret_required', { reason });
  return secret;
}
