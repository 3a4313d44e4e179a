import { requireStrongSecret } from '@objectos/spec/contracts';
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { link, mkdir, readFile, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AuditConfig } from './config.js';

/** A state of a chain: what is signed. */
export interface ChainState {
  readonly chain: string;
  readonly sequence: number;
  readonly hash: string;
}

/** The keys of an installation: the one that signs, and those that signed before. */
export interface SigningKeys {
  /** `undefined` where nothing is signed. */
  sign(state: ChainState): string | undefined;
  /** True when one of the keys made the signature; also where there is no key to ask. */
  accepts(state: ChainState, signature: unknown): boolean;
  readonly present: boolean;
}

const KEY_FILE = 'audit.key';

/**
 * The keys that the configuration stands for. `signingKey` signs where it is given, else a key that is
 * derived from `secret`, else one that is made once and kept in `dataFolder`, readable by its owner
 * only: outside of the database, whose owner could otherwise write the log anew.
 *
 * @throws `secret_weak`
 */
export async function resolveKeys(
  config: Pick<AuditConfig, 'signingKey' | 'secret' | 'formerKeys' | 'dataFolder'>,
): Promise<SigningKeys> {
  const { signingKey, secret, formerKeys, dataFolder } = config;
  if (signingKey !== undefined) {
    requireStrongSecret('signingKey of @objectos/audit', signingKey);
  }
  const chosen =
    signingKey ??
    (secret === undefined ? undefined : derived(secret)) ??
    (dataFolder === undefined ? undefined : await keptKey(dataFolder));
  const secrets = [...formerKeys, ...(secret === undefined ? [] : [secret])];
  return createKeys(chosen, [...formerKeys, ...secrets.map(derived)]);
}

/** Makes the keys from the one that signs and those that are accepted as well. */
export function createKeys(
  current: string | Buffer | undefined,
  former: readonly (string | Buffer)[] = [],
): SigningKeys {
  const all = current === undefined ? [] : [current, ...former];
  return {
    present: current !== undefined,
    sign: (state) => (current === undefined ? undefined : sign(state, current)),
    accepts: (state, signature) =>
      all.length === 0 || all.some((key) => isEqual(sign(state, key), signature)),
  };
}

function derived(secret: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', 'objectos audit: signed chains', 32));
}

async function keptKey(folder: string): Promise<string> {
  const file = path.join(folder, KEY_FILE);
  const kept = await readFile(file, 'utf8').catch(() => undefined);
  if (kept !== undefined) return requireStrongSecret(`the key in ${file}`, kept.trim());
  await mkdir(folder, { recursive: true });
  // Linked when it is whole: another process that starts meanwhile reads all of it, or makes none.
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(48).toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  return (await readFile(file, 'utf8')).trim();
}

function sign({ chain, sequence, hash }: ChainState, key: string | Buffer): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([chain, sequence, hash]))
    .digest('hex');
}

function isEqual(expected: string, given: unknown): boolean {
  if (typeof given !== 'string' || given.length !== expected.length) return false;
  return timingSafeEqual(Buffer.from(given), Buffer.from(expected));
}
