import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { requireStrongSecret, secretWeakness } from './secrets.js';

describe('a weak secret', () => {
  it.each([
    ['secret', 'shorter'],
    ['changeme', 'shorter'],
    ['a'.repeat(64), 'easy to guess'],
    ['secret'.repeat(8), 'easy to guess'],
    ['abcdefghijklmnopqrstuvwxyz0123456789', 'easy to guess'],
    ['the red lorry 42'.repeat(2), 'repeats'],
    ['the red lorry 42'.repeat(2) + 'the', 'repeats'],
    ['changeme-9f8a7c6b5d4e3f2a1b0c9d8e7f6a5b4c', 'example'],
  ])('is told: %s', (secret, reason) => {
    expect(secretWeakness(secret)).toContain(reason);
    let refusal: unknown;
    try {
      requireStrongSecret('key of a test', secret);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toMatchObject({ code: 'secret_weak', params: { name: 'key of a test' } });
    expect(String(refusal)).not.toContain(secret);
  });

  it('is none of those that a generator makes', () => {
    for (let seed = 0; seed < 200; seed += 1) {
      const bytes = createHash('sha256').update(`seed ${seed}`).digest();
      for (const encoding of ['base64', 'hex', 'base64url', 'latin1'] as const) {
        expect(secretWeakness(bytes.toString(encoding))).toBeUndefined();
      }
      expect(secretWeakness(bytes.subarray(0, 16).toString('hex'))).toBeUndefined();
    }
  });
});
