import type { CleanedWhere } from '@better-auth/core/db/adapter';
import { createHash } from 'node:crypto';

/** Marks a token that was read from the database: it names a row, and opens nothing. */
const HANDLE = 'sealed:';

/** The form in which a session's token is stored: whoever reads the database cannot use it. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** A handle of a stored token, good for ending the session and for nothing else. */
export function handleOf(hash: string): string {
  return HANDLE + hash;
}

/** Conditions with every token replaced by its hash, and the tokens by hash, to give back. */
export interface SealedWhere {
  readonly where: CleanedWhere[];
  readonly known: ReadonlyMap<string, string>;
}

/**
 * Replaces tokens in conditions by their hashes.
 *
 * @param takesHandles false for reads: a handle, which a thief may have read, finds no session
 */
export function sealWhere(where: readonly CleanedWhere[], takesHandles: boolean): SealedWhere {
  const known = new Map<string, string>();
  const seal = (token: string): string => {
    if (token.startsWith(HANDLE)) return takesHandles ? token.slice(HANDLE.length) : '';
    const hash = hashToken(token);
    known.set(hash, token);
    return hash;
  };
  const sealed = where.map((one): CleanedWhere => {
    if (one.field !== 'token') return one;
    if (typeof one.value === 'string') return { ...one, value: seal(one.value) };
    if (Array.isArray(one.value))
      return { ...one, value: one.value.map((each) => seal(String(each))) };
    return one;
  });
  return { where: sealed, known };
}

/** The token of a row as its caller may see it: the one it came with, else a handle. */
export function unseal(hash: unknown, known: ReadonlyMap<string, string>): unknown {
  return typeof hash === 'string' ? (known.get(hash) ?? handleOf(hash)) : hash;
}
