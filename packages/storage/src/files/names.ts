import { createError } from '@objectos/spec/errors';
import { printable } from './file-store.js';

const MAX_BYTES = 255;
const FORBIDDEN = /[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
/** How often a name may be percent-encoded over itself and still be looked through. */
const ENCODINGS = 3;

/**
 * The name of a file as it is kept: for people, never part of a path of ours. What would leave a
 * folder where a program joins paths is refused all the same, also when it is percent-encoded.
 *
 * @throws `file_name_invalid`
 */
export function checkFileName(given: string): string {
  const name = given.normalize('NFC').trim();
  const refuse = (reason: string) =>
    createError('file_name_invalid', { name: printable(given), reason });
  if (name === '') throw refuse('it is empty');
  if (Buffer.byteLength(name) > MAX_BYTES) throw refuse(`it has more than ${MAX_BYTES} bytes`);
  if (FORBIDDEN.test(name)) throw refuse('it has control characters');
  if (DEVICES.test(name)) throw refuse('it is the name of a device');
  for (const reading of readings(name)) {
    if (/[/\\]|\p{Cc}/u.test(reading)) throw refuse('it has a folder in it');
    if (/^\.{1,2}$/.test(reading)) throw refuse('it is a folder');
  }
  return name;
}

/** The ending, with its dot and in small letters; empty where there is none. */
export function endingOf(name: string): string {
  const at = name.lastIndexOf('.');
  return at <= 0 ? '' : name.slice(at).toLowerCase();
}

function* readings(name: string): Generator<string> {
  let reading = name;
  for (let round = 0; round <= ENCODINGS; round += 1) {
    yield reading;
    const next = decoded(reading);
    if (next === reading) return;
    reading = next;
  }
}

/** "100% sure.pdf" is a name, and no encoding. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/%(?:2e|2f|5c|25|00)/gi, (code) =>
      String.fromCharCode(Number.parseInt(code.slice(1), 16)),
    );
  }
}
