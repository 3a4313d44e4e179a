const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const POOL_SIZE = 4096;
const ID = /^[A-Za-z0-9_-]{1,64}$/;

let pool = new Uint8Array(0);
let used = 0;
let lastMilliseconds = 0;
let sequence = 0;

/**
 * A UUIDv7 (RFC 9562 section 5.7): sorts by creation time. Within one millisecond the 12 bits of
 * `rand_a` count up from a random start, so ids made by one process sort in the order they were made.
 */
export function newId(now: number = Date.now()): string {
  tick(now);
  const bytes = randomBytes(8);
  const time = lastMilliseconds.toString(16).padStart(12, '0');
  const counter = (0x7000 | sequence).toString(16);
  let tail = HEX[(at(bytes, 0) & 0x3f) | 0x80] ?? '';
  for (let index = 1; index < 8; index += 1) tail += HEX[at(bytes, index)] ?? '';
  return `${time.slice(0, 8)}-${time.slice(8)}-${counter}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

/** True when `value` may be the id of a record: 1 to 64 letters, digits, `-` and `_`. */
export function isId(value: unknown): value is string {
  return typeof value === 'string' && ID.test(value);
}

function tick(now: number): void {
  if (now > lastMilliseconds) {
    lastMilliseconds = now;
    sequence = ((at(randomBytes(2), 0) << 8) | at(randomBytes(2), 1)) & 0x7ff;
    return;
  }
  sequence += 1;
  if (sequence > 0xfff) {
    lastMilliseconds += 1;
    sequence = 0;
  }
}

function randomBytes(count: number): Uint8Array {
  if (used + count > pool.length) {
    pool = globalThis.crypto.getRandomValues(new Uint8Array(POOL_SIZE));
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0;
}
