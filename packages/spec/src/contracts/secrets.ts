import { createError } from '../errors/index.js';

/** Of 32 random characters about 24 are different, of 32 random hexadecimal digits about 14. */
const MIN_LENGTH = 32;
const MIN_DIFFERENT = 10;
const MIN_STEPS = 8;

/** Words of secrets that were copied from an example, and never made. */
const PLACEHOLDER =
  /change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|with)|your[-_ ]|example|placeholder|default|insecure|passw[o0]rd|please/i;

/**
 * Why a secret of the installation is too weak to be used; `undefined` for one that may be.
 *
 * @example secretWeakness('please-change-me-please-change-me') // 'it looks like one of an example'
 */
export function secretWeakness(secret: string): string | undefined {
  if (secret.length < MIN_LENGTH) return `it is shorter than ${MIN_LENGTH} characters`;
  if (PLACEHOLDER.test(secret)) return 'it looks like one of an example';
  return varietyWeakness(secret);
}

/**
 * Why characters, or bytes as characters, are no random ones; `undefined` where they may be.
 *
 * @example varietyWeakness('abcdefghijklmnopqrstuvwxyz') // 'it is easy to guess'
 */
export function varietyWeakness(characters: string): string | undefined {
  const codes = Array.from(characters, (character) => character.codePointAt(0) ?? 0);
  const steps = new Set(codes.slice(1).map((code, index) => code - (codes[index] ?? 0)));
  const different = new Set(codes).size;
  if (different < MIN_DIFFERENT || steps.size < MIN_STEPS) return 'it is easy to guess';
  return repeats(characters) ? 'it repeats itself' : undefined;
}

/**
 * Refuses a weak secret at start.
 *
 * @param name what the secret is called where it is configured
 * @throws `secret_weak`, which never shows the secret
 */
export function requireStrongSecret(name: string, secret: string): string {
  const reason = secretWeakness(secret);
  if (reason === undefined) return secret;
  throw createError('secret_weak', { name, reason });
}

/** True when a part of at most half the text, over and over, is the text. */
function repeats(text: string): boolean {
  const longest = Math.floor(text.length / 2);
  for (let period = 1; period <= longest; period += 1) {
    if (text.startsWith(text.slice(period))) return true;
  }
  return false;
}
