import type { NotificationConfig } from '../config.js';
import type { Language } from '../templates/compile.js';

/** Dates and numbers in the recipient's own manner, as long as it is the language of the text. */
export function languageOf(
  recipient: { readonly locale: string | null; readonly time_zone: string | null },
  texts: { readonly locale: string },
  config: Pick<NotificationConfig, 'defaultTimeZone'>,
): Language {
  const { locale } = recipient;
  const isSame = locale?.split('-')[0] === texts.locale.split('-')[0];
  return {
    locale: isSame && locale !== null ? locale : texts.locale,
    timeZone: recipient.time_zone ?? config.defaultTimeZone,
  };
}
