const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const POOL_SIZE = 4096;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

let pool = new Uint8Array(0);
let used = 0;
let lastMilliseconds = 0;
/** The digits of that time, as an id begins. */
let timePrefix = '';
let sequence = 0;

/**
 * A UUIDv7 (RFC 9562 section 5.7): sorts by creation time. Within one millisecond the 12 bits of
 * `rand_a` count up from a random start, so ids made by one process sort in the order they were made.
 */
export function newId(now: number = Date.now()): string {
  tick(now);
  const start = takeRandom(8);
  const counter = (0x7000 | sequence).toString(16);
  const variant = HEX[(byteAt(start) & 0x3f) | 0x80] ?? '';
  return `${timePrefix}-${counter}-${variant}${hexAt(start + 1)}-${hexAt(start + 2)}${hexAt(start + 3)}${hexAt(start + 4)}${hexAt(start + 5)}${hexAt(start + 6)}${hexAt(start + 7)}`;
}

/** True when `value` may be the id of a record: 1 to 64 letters, digits, `-` and `_`. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

function tick(now: number): void {
  if (now > lastMilliseconds) {
    const start = takeRandom(2);
    sequence = ((byteAt(start) << 8) | byteAt(start + 1)) & 0x7ff;
    setTime(now);
    return;
  }
  sequence += 1;
  if (sequence > 0xfff) {
    sequence = 0;
    setTime(lastMilliseconds + 1);
  }
}

function setTime(milliseconds: number): void {
  lastMilliseconds = milliseconds;
  const time = milliseconds.toString(16).padStart(12, '0');
  timePrefix = `${time.slice(0, 8)}-${time.slice(8)}`;
}

/** Takes bytes out of the pool, none of them twice. @returns where they begin */
function takeRandom(count: number): number {
  if (used + count > pool.length) {
    pool = globalThis.crypto.getRandomValues(new Uint8Array(POOL_SIZE));
    used = 0;
  }
  used += count;
  return used - count;
}

function byteAt(index: number): number {
  return pool[index] ?? 0;
}

function hexAt(index: number): string {
  return HEX[byteAt(index)] ?? '';
}
