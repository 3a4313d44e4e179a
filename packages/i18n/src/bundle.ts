import type { MessageBundle } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { IntlMessageFormat } from 'intl-messageformat';
import { canonical } from './locale.js';

/** A bundle, checked: canonical locale, flat keys, messages that parse. */
export interface CheckedBundle {
  readonly locale: string;
  readonly messages: ReadonlyMap<string, string>;
}

const LIMITS = { keys: 50_000, depth: 12, text: 10_000, key: 500 } as const;

/**
 * Checks a bundle as a whole; one that is refused changes nothing.
 *
 * @throws `i18n_locale_invalid`, `i18n_bundle_invalid`, `i18n_message_invalid`
 */
export function checkBundle(bundle: MessageBundle, source: string): CheckedBundle {
  const locale = canonical(bundle.locale);
  const messages = new Map<string, string>();
  const refuse = (reason: string) => createError('i18n_bundle_invalid', { source, reason });

  const visit = (value: unknown, path: readonly string[]): void => {
    const key = path.join('.');
    if (typeof value === 'string') {
      if (messages.size >= LIMITS.keys) throw refuse(`it has more than ${LIMITS.keys} messages`);
      checkMessage(locale, key, value);
      messages.set(key, value);
      return;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw refuse(key === '' ? 'it is not a mapping' : `"${key}" is neither text nor a mapping`);
    }
    if (path.length >= LIMITS.depth) throw refuse(`"${key}" is nested too deep`);
    for (const [name, inner] of Object.entries(value)) {
      if (name === '' || name.length > LIMITS.key) throw refuse(`"${key}" has an invalid key`);
      visit(inner, [...path, name]);
    }
  };
  visit(bundle.messages, []);
  return { locale, messages };
}

/** @throws `i18n_message_invalid` */
export function checkMessage(locale: string, key: string, text: string): void {
  if (text.length > LIMITS.text) {
    throw createError('i18n_message_invalid', { locale, key, reason: 'it is too long' });
  }
  // Text without a brace is a message without places; most are.
  if (isPlain(text)) return;
  try {
    new IntlMessageFormat(text, locale, undefined, FORMAT_OPTIONS);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw createError('i18n_message_invalid', { locale, key, reason }, { cause });
  }
}

/** Tags in messages are text: no markup is made of them. */
export const FORMAT_OPTIONS = { ignoreTag: true } as const;

/** True when the message says the same whatever the parameters are. */
export function isPlain(text: string): boolean {
  return !/[{}']/.test(text);
}

/** The first line of what a library says. */
export function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return (text.split('\n')[0] ?? '').replace(/\.$/, '') || 'it does not parse';
}
