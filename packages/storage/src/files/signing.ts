import { createError } from '@objectos/spec/errors';
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What a signed address lets its bearer do. */
export type SignedUse = 'GET' | 'PUT';

/** Signs addresses of files, and checks them. */
export interface Signer {
  /** @param expiresAt epoch milliseconds @returns the query string of the address */
  sign(use: SignedUse, id: string, expiresAt: number): string;
  /** @throws `signature_invalid` */
  verify(use: SignedUse, id: string, query: URLSearchParams): void;
}

/**
 * Makes a signer: HMAC-SHA256 over use, file and end, with a key that is derived from the secret for
 * this purpose alone (HKDF, RFC 5869), so a signature is worth nothing anywhere else.
 */
export function createSigner(secret: string, now: () => number = Date.now): Signer {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'objectos storage: signed addresses', 32));
  const signatureOf = (use: SignedUse, id: string, expires: string) =>
    createHmac('sha256', key).update(`${use}\n${id}\n${expires}`).digest();

  return {
    sign(use, id, expiresAt) {
      const expires = String(Math.ceil(expiresAt / 1000));
      const signature = signatureOf(use, id, expires).toString('base64url');
      return new URLSearchParams({ expires, signature }).toString();
    },
    verify(use, id, query) {
      const expires = query.get('expires') ?? '';
      const given = Buffer.from(query.get('signature') ?? '', 'base64url');
      const expected = signatureOf(use, id, expires);
      // The end is checked second: only a true signature tells anything about it.
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
        throw createError('signature_invalid', { reason: 'it is not signed by this installation' });
      }
      if (Number(expires) * 1000 <= now()) {
        throw createError('signature_invalid', { reason: 'its time is over' });
      }
    },
  };
}
