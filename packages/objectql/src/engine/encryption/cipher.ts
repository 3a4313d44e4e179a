import { createError } from '@objectos/spec/errors';
import type { EncryptionKey, KeyRing } from './key-ring.js';

/** Where a value stands. An encrypted text is good for this place only. */
export interface SealedPlace {
  readonly object: string;
  readonly id: string;
  readonly field: string;
}

const IV_BYTES = 12;
/** `enc:1:<key id>:<base64url of iv, ciphertext and tag>` */
const SEALED = /^enc:1:([A-Za-z0-9_-]{1,32}):([A-Za-z0-9_-]+)$/;

/** True for a text that has the form of an encrypted one. */
export function isSealedText(text: string): boolean {
  return SEALED.test(text);
}

/** The id of the key that an encrypted text was made with. */
export function keyIdOf(text: string): string | undefined {
  return SEALED.exec(text)?.[1];
}

/** Encrypts a text for a place, with AES-256-GCM and the place as additional data. */
export async function sealText(
  { id, key }: EncryptionKey,
  text: string,
  place: SealedPlace,
): Promise<string> {
  const iv = globalThis.crypto.getRandomValues(new Uint8Array(IV_BYTES));
  const sealed = await globalThis.crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: additionalData(place) },
    await key(),
    new TextEncoder().encode(text),
  );
  const bytes = new Uint8Array(IV_BYTES + sealed.byteLength);
  bytes.set(iv);
  bytes.set(new Uint8Array(sealed), IV_BYTES);
  return `enc:1:${id}:${toBase64Url(bytes)}`;
}

/**
 * Opens an encrypted text.
 *
 * @param places where it may have been encrypted for, the present one first: names change
 * @returns the text, and the place it was encrypted for
 * @throws `decryption_failed` for one of another place, one that was changed, and a lost key
 */
export async function openText(
  ring: KeyRing,
  text: string,
  places: readonly [SealedPlace, ...SealedPlace[]],
): Promise<{ readonly text: string; readonly place: SealedPlace }> {
  const [, keyId = '', encoded = ''] = SEALED.exec(text) ?? [];
  if (keyId === '') throw failed(places[0], 'it is not encrypted');
  const found = ring.find(keyId);
  if (found === undefined) throw failed(places[0], `its key "${keyId}" is not configured`);
  const bytes = fromBase64Url(encoded);
  const key = await found.key();
  for (const place of places) {
    const opened = await globalThis.crypto.subtle
      .decrypt(
        {
          name: 'AES-GCM',
          iv: bytes.subarray(0, IV_BYTES),
          additionalData: additionalData(place),
        },
        key,
        bytes.subarray(IV_BYTES),
      )
      // It says nothing but that the tag does not fit, or that there is too little for one.
      .catch(() => undefined);
    if (opened !== undefined) return { text: new TextDecoder().decode(opened), place };
  }
  throw failed(places[0], 'it was changed, or belongs to another place');
}

function failed({ object, id, field }: SealedPlace, reason: string): Error {
  return createError('decryption_failed', { object, id, field, reason });
}

function additionalData({ object, id, field }: SealedPlace): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([object, id, field]));
}

function toBase64Url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
