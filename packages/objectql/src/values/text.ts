import { accept, refuse, type Outcome, type ValueCheck } from './outcome.js';

const EMAIL = /^[^\s@<>"(),:;[\]\\]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+$/;
const PHONE = /^\+?[0-9][0-9 ()./-]{2,30}(?:(?:x|ext\.?) ?[0-9]{1,6})?$/i;
const COLOR = /^#(?:[0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})$/i;

/** A `url` field holds a link that a browser may follow: script URLs never get in. */
const LINK_SCHEMES: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:', 'tel:', 'ftp:']);

/** Limits of a text field, in UTF-16 code units. */
export interface TextLimits {
  readonly minLength?: number | undefined;
  readonly maxLength?: number | undefined;
  readonly pattern?: RegExp | undefined;
  /** What the pattern means, for the message. */
  readonly patternName?: string | undefined;
}

/** Longest text of a field that states no `maxLength`: 1 MiB is the body limit anyway. */
const DEFAULT_MAX_LENGTH = 1_000_000;

/** Text, with limits. A NUL character is refused: PostgreSQL cannot store it. */
export function text(limits: TextLimits = {}): ValueCheck {
  const { minLength = 0, maxLength = DEFAULT_MAX_LENGTH, pattern, patternName } = limits;
  return (value) => {
    if (typeof value !== 'string') return refuse('invalid_type', 'expected text');
    if (value.length > maxLength) {
      return refuse('value_too_long', `at most ${maxLength} characters, got ${value.length}`);
    }
    if (value.length < minLength) {
      return refuse('value_too_short', `at least ${minLength} characters, got ${value.length}`);
    }
    if (value.includes('\0')) return refuse('invalid_format', 'must not hold a NUL character');
    if (pattern?.test(value) === false) {
      return refuse('invalid_format', `expected ${patternName ?? `text like ${pattern.source}`}`);
    }
    return accept(value);
  };
}

/** An e-mail address. */
export const email = text({ maxLength: 254, pattern: EMAIL, patternName: 'an e-mail address' });

/** A phone number as people write it. */
export const phone = text({ maxLength: 40, pattern: PHONE, patternName: 'a phone number' });

/** A hex colour like `#3b82f6`. */
export const color = text({ maxLength: 9, pattern: COLOR, patternName: 'a colour like #3b82f6' });

const urlText = text({ maxLength: 2_048 });

/** An absolute link: http, https, mailto, tel or ftp. */
export function url(value: unknown): Outcome {
  const outcome = urlText(value);
  if (!outcome.ok) return outcome;
  const parsed = URL.canParse(String(value)) ? new URL(String(value)) : undefined;
  return parsed !== undefined && LINK_SCHEMES.has(parsed.protocol)
    ? outcome
    : refuse('invalid_format', 'expected a link like https://example.com');
}
