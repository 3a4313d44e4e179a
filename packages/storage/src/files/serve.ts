import type { ByteRange, StoredFile } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

/** Types that a browser shows without running anything in them. */
const HARMLESS =
  /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain|application\/pdf)$/;

/** Opens the content of a file, or a part of it. */
export type OpenContent = (range?: ByteRange) => Promise<ReadableStream>;

/**
 * Answers with the content of a file: a part of it for a `Range` (RFC 9110 section 14), nothing for
 * `HEAD` and for who has it already. A browser stores it, and neither runs nor guesses what it is;
 * `?inline` shows it where its type is harmless.
 *
 * @throws `file_range_invalid`
 */
export async function serveFile(
  request: Request,
  file: StoredFile,
  open: OpenContent,
): Promise<Response> {
  const etag = `"${file.checksum}"`;
  const headers = headersOf(file, etag, new URL(request.url).searchParams.has('inline'));
  if (isKnown(request.headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers });
  }
  const range = rangeOf(request, etag, file.size);
  const length = range === undefined ? file.size : range.end - range.start + 1;
  headers.set('content-length', String(length));
  if (range !== undefined) {
    headers.set('content-range', `bytes ${range.start}-${range.end}/${file.size}`);
  }
  const body = request.method === 'HEAD' ? null : await open(range);
  return new Response(body, { status: range === undefined ? 200 : 206, headers });
}

function headersOf(file: StoredFile, etag: string, inline: boolean): Headers {
  const { name, contentType } = file;
  const shown = inline && HARMLESS.test(contentType) ? 'inline' : 'attachment';
  return new Headers({
    'content-type': contentType.startsWith('text/') ? `${contentType}; charset=utf-8` : contentType,
    'content-disposition': `${shown}; filename="${plain(name)}"; filename*=UTF-8''${encoded(name)}`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'private, no-cache',
    'accept-ranges': 'bytes',
    etag,
  });
}

/** For programs that know only ASCII; RFC 6266 has the other one win. */
function plain(name: string): string {
  return name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
}

function encoded(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function isKnown(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header.split(',').some((tag) => {
    const known = tag.trim().replace(/^W\//, '');
    return known === etag || known === '*';
  });
}

/** A range that is no single range of bytes is passed over, as the standard has it. */
function rangeOf(request: Request, etag: string, size: number): ByteRange | undefined {
  const header = request.headers.get('range');
  const condition = request.headers.get('if-range');
  if (header === null || (condition !== null && condition !== etag)) return undefined;
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header.trim());
  const [first, last] = [found?.[1] ?? '', found?.[2] ?? ''];
  if (first === '' && last === '') return undefined;
  const range =
    first === ''
      ? { start: Math.max(0, size - Number(last)), end: size - 1 }
      : { start: Number(first), end: Math.min(last === '' ? size - 1 : Number(last), size - 1) };
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  if (range.start <= range.end) return range;
  throw createError('file_range_invalid', { size });
}
