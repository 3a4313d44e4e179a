import { createError } from '@objectos/spec/errors';

/** A file as it comes: from a disk, a socket, or memory. */
export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Text of a file, piece by piece. UTF-8, or UTF-16 where a byte order mark says so; the mark is
 * left out.
 *
 * @throws `import_file_invalid` for bytes that are no text
 */
export async function* decodeText(source: ByteSource): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  for await (const bytes of source) {
    if (bytes.length === 0) continue;
    decoder ??= new TextDecoder(encodingOf(bytes), { fatal: true });
    const text = decode(() => decoder?.decode(bytes, { stream: true }) ?? '');
    if (text !== '') yield text;
  }
  const rest = decode(() => decoder?.decode() ?? '');
  if (rest !== '') yield rest;
}

function encodingOf(first: Uint8Array): string {
  if (first[0] === 0xff && first[1] === 0xfe) return 'utf-16le';
  if (first[0] === 0xfe && first[1] === 0xff) return 'utf-16be';
  return 'utf-8';
}

function decode(work: () => string): string {
  try {
    return work();
  } catch (cause) {
    throw createError(
      'import_file_invalid',
      { line: 0, reason: 'it is not text in UTF-8; save it as "CSV UTF-8"' },
      { cause },
    );
  }
}
