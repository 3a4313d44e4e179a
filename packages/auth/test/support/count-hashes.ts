import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { onTestFinished } from 'vitest';

/**
 * Counts how often a password is hashed in this process until the end of the test: what it costs to
 * be guessed at, and by whose time somebody could tell a known address from an unknown one.
 */
export function countHashes(): () => number {
  const { scrypt } = crypto;
  let count = 0;
  const counting = (...args: unknown[]): unknown => {
    count += 1;
    return Reflect.apply(scrypt, crypto, args) as unknown;
  };
  Object.assign(crypto, { scrypt: counting });
  syncBuiltinESMExports();
  onTestFinished(() => {
    Object.assign(crypto, { scrypt });
    syncBuiltinESMExports();
  });
  return () => count;
}
