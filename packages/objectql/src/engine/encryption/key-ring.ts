import { secretWeakness } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

/** A key for values of encrypted fields. */
export interface EncryptionKey {
  readonly id: string;
  /** AES-256-GCM. */
  readonly key: () => Promise<CryptoKey>;
}

/** The keys of an installation: new values get the current one, the others still open old values. */
export interface KeyRing {
  readonly current: EncryptionKey;
  find(id: string): EncryptionKey | undefined;
}

const BYTES = 32;
const ENTRY = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/]+={0,2})$/;

/**
 * Reads keys from their text: `<id>:<32 bytes in base64>`, several with commas between them, the
 * current one first.
 *
 * @example createKeyRing('2026b:kJ…=,2026a:Yx…=')
 * @throws `encryption_keys_invalid`, which never shows a key
 */
export function createKeyRing(text: string): KeyRing {
  const keys = new Map<string, EncryptionKey>();
  for (const [index, entry] of text.split(',').entries()) {
    const [, id, base64] = ENTRY.exec(entry.trim()) ?? [];
    if (id === undefined || base64 === undefined) {
      throw refuse(`entry ${index + 1} is not of the form <id>:<32 bytes in base64>`);
    }
    if (keys.has(id)) throw refuse(`the id "${id}" occurs twice`);
    const bytes = readKey(id, base64);
    // An older key only opens: refusing a weak one would keep its values from getting a better one.
    if (index === 0) requireRandom(id, bytes);
    keys.set(id, { id, key: importer(bytes) });
  }
  const [current] = keys.values();
  if (current === undefined) throw refuse('there is no key');
  return { current, find: (id) => keys.get(id) };
}

function readKey(id: string, base64: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(base64);
  if (bytes?.length === BYTES) return bytes;
  throw refuse(`the key "${id}" has ${bytes?.length ?? 'an unknown number of'} bytes, not 32`);
}

function requireRandom(id: string, bytes: Uint8Array): void {
  const weakness = secretWeakness(String.fromCharCode(...bytes));
  if (weakness !== undefined) throw refuse(`the key "${id}" is no random one: ${weakness}`);
}

function importer(bytes: Uint8Array<ArrayBuffer>): () => Promise<CryptoKey> {
  let imported: Promise<CryptoKey> | undefined;
  return () =>
    (imported ??= globalThis.crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, [
      'encrypt',
      'decrypt',
    ]));
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}

function refuse(reason: string): Error {
  return createError('encryption_keys_invalid', { reason });
}
