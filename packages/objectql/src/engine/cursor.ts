import {
  requireStrongSecret,
  type MaybePromise,
  type Query,
  type Scalar,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Position } from './keyset.js';

/** Where a cursor points: the pages behind a place, or those before it. */
export interface CursorPlace {
  readonly direction: 'next' | 'previous';
  readonly position: Position;
}

/** Makes and reads the cursors of one installation. */
export interface CursorCodec {
  write(place: CursorPlace, scope: CursorScope): Promise<string>;
  /** @throws `invalid_cursor` for one that was changed, or made for another query or principal */
  read(cursor: string, scope: CursorScope): Promise<CursorPlace>;
}

/** Everything that a cursor is bound to, as one text. */
export type CursorScope = string;

const SIGNATURE_BYTES = 16;
/** More than ten sort values of a reasonable length need. */
const MAX_LENGTH = 8_192;

/** The scope of a query: a cursor is good for this object, filter, order and principal only. */
export function cursorScope(object: string, query: Query, principal: string): CursorScope {
  const { where, orderBy, search, deleted } = query;
  return JSON.stringify([object, where, orderBy, search, deleted, principal]);
}

/**
 * Makes the codec. A cursor is its content and an HMAC-SHA-256 over content and scope: it hides
 * nothing from the client that has seen the rows, and cannot be made or moved elsewhere by it.
 *
 * @param secret of the installation, the same on all its nodes; asked once
 */
export function createCursorCodec(secret: () => MaybePromise<Uint8Array>): CursorCodec {
  let key: Promise<CryptoKey> | undefined;
  const sign = async (content: string, scope: CursorScope): Promise<string> => {
    key ??= importKey(secret);
    const text = new TextEncoder().encode(`cursor\n${content}\n${scope}`);
    const signature = await globalThis.crypto.subtle.sign('HMAC', await key, text);
    return toBase64Url(new Uint8Array(signature, 0, SIGNATURE_BYTES));
  };
  return {
    async write({ direction, position }, scope) {
      const text = JSON.stringify([direction === 'next' ? 'n' : 'p', ...position]);
      const content = toBase64Url(new TextEncoder().encode(text));
      return `${content}.${await sign(content, scope)}`;
    },
    async read(cursor, scope) {
      const [content = '', signature, ...rest] = cursor.split('.');
      if (cursor.length > MAX_LENGTH || signature === undefined || rest.length > 0) throw invalid();
      if (!sameText(signature, await sign(content, scope))) throw invalid();
      return placeOf(content);
    },
  };
}

async function importKey(secret: () => MaybePromise<Uint8Array>): Promise<CryptoKey> {
  const bytes = new Uint8Array(await secret());
  requireStrongSecret('secret that signs cursors', String.fromCharCode(...bytes));
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return globalThis.crypto.subtle.importKey('raw', bytes, algorithm, false, ['sign']);
}

function placeOf(content: string): CursorPlace {
  const [direction, ...position] = JSON.parse(fromBase64Url(content)) as [string, ...Scalar[]];
  return { direction: direction === 'n' ? 'next' : 'previous', position };
}

function invalid(): Error {
  return createError('invalid_cursor', {});
}

/** Takes the same time wherever the texts differ. */
function sameText(one: string, other: string): boolean {
  let difference = one.length ^ other.length;
  for (let at = 0; at < other.length; at += 1) {
    difference |= one.charCodeAt(at % Math.max(one.length, 1)) ^ other.charCodeAt(at);
  }
  return difference === 0;
}

function toBase64Url(bytes: Uint8Array): string {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

function fromBase64Url(text: string): string {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder().decode(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}
