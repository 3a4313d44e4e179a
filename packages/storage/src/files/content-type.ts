import { createError } from '@objectos/spec/errors';
import { fileTypeFromBuffer } from 'file-type';
import { printable } from './file-store.js';

/** So many first bytes tell the type. */
export const HEAD_BYTES = 4_100;
const UNKNOWN = 'application/octet-stream';
/** What clients say when nobody told them. */
const SAYS_NOTHING: ReadonlySet<string> = new Set([
  UNKNOWN,
  'application/x-www-form-urlencoded',
  'multipart/form-data',
  'binary/octet-stream',
]);
const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,126}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}$/;
/** Types of which every file begins in a way that is recognised. */
const RECOGNISABLE =
  /^(?:image\/(?!svg)|audio\/|video\/|application\/(?:pdf|zip|gzip|x-7z-compressed)$)/;
/** Other names of one type. */
const SYNONYMS: readonly ReadonlySet<string>[] = [
  new Set(['image/jpeg', 'image/jpg', 'image/pjpeg']),
  new Set(['image/x-icon', 'image/vnd.microsoft.icon']),
  new Set(['image/bmp', 'image/x-ms-bmp']),
  new Set(['audio/wav', 'audio/x-wav', 'audio/vnd.wave', 'audio/wave']),
  new Set(['audio/mpeg', 'audio/mp3']),
  new Set(['application/gzip', 'application/x-gzip']),
  new Set(['application/zip', 'application/x-zip-compressed']),
  new Set(['application/xml', 'text/xml']),
];
/** By what the first bytes say: declared types that are kept in such a container. */
const CONTAINERS: readonly (readonly [RegExp, RegExp])[] = [
  [
    /^application\/(?:zip|vnd\.(?:openxmlformats|oasis|ms-)|epub|java-archive)/,
    /^application\/(?:zip$|vnd\.|epub|java-archive|x-zip)/,
  ],
  [/^application\/x-cfb$/, /^application\/(?:msword|vnd\.ms-|vnd\.visio|x-msi)/],
  [/^application\/xml$/, /^(?:text|application|image)\/(?:.+\+)?xml$|^text\/html$/],
  [
    /^(?:video|audio)\/(?:mp4|quicktime|x-m4.|3gpp2?)$/,
    /^(?:video|audio)\/(?:mp4|quicktime|x-m4.|3gpp2?)$/,
  ],
  [
    /^(?:video|audio)\/(?:webm|matroska|x-matroska)$/,
    /^(?:video|audio)\/(?:webm|matroska|x-matroska)$/,
  ],
  [/^(?:audio|video|application)\/ogg$/, /^(?:audio|video|application)\/(?:ogg|opus)$/],
  [/^image\/(?:heic|heif)/, /^image\/(?:heic|heif)/],
];

/** A declared type without its parameters; `undefined` where it says nothing. @throws `file_type_refused` */
export function declaredType(given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined;
  const type = (given.split(';')[0] ?? '').trim().toLowerCase();
  if (!TYPE.test(type)) {
    const reason = 'this is no media type';
    throw createError('file_type_refused', { contentType: printable(given), reason });
  }
  return SAYS_NOTHING.has(type) ? undefined : type;
}

/**
 * The type of a file, from what the sender declared and what its first bytes say.
 *
 * @throws `file_type_mismatch` when both say different things
 */
export async function contentTypeOf(
  declared: string | undefined,
  head: Uint8Array,
): Promise<string> {
  const detected = (await fileTypeFromBuffer(head))?.mime;
  if (declared === undefined) return detected ?? (isText(head) ? 'text/plain' : UNKNOWN);
  if (detected === undefined) {
    if (!RECOGNISABLE.test(declared)) return declared;
    throw createError('file_type_mismatch', { declared, detected: 'of no such kind' });
  }
  if (agree(declared, detected)) return declared;
  throw createError('file_type_mismatch', { declared, detected: `those of "${detected}"` });
}

/** Whether a pattern like `image/*`, `application/pdf` or `.pdf` means this file. */
export function matchesType(pattern: string, contentType: string, ending: string): boolean {
  const wanted = pattern.trim().toLowerCase();
  if (wanted === '*' || wanted === '*/*') return true;
  if (wanted.startsWith('.')) return wanted === ending;
  if (wanted.endsWith('/*')) return contentType.startsWith(wanted.slice(0, -1));
  return wanted === contentType || sameType(wanted, contentType);
}

function agree(declared: string, detected: string): boolean {
  if (sameType(declared, detected)) return true;
  return CONTAINERS.some(([inside, outside]) => inside.test(detected) && outside.test(declared));
}

function sameType(a: string, b: string): boolean {
  return a === b || SYNONYMS.some((names) => names.has(a) && names.has(b));
}

function isText(head: Uint8Array): boolean {
  if (head.length === 0 || head.includes(0)) return false;
  try {
    // The last character may be cut off.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}
