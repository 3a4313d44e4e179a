import type { NotificationTexts, NotificationTopic } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { compileTemplate as CompileTemplate, Language, Template } from './compile.js';

/** The templates of a topic in one language. */
interface CompiledTexts {
  readonly locale: string;
  readonly subject: Template;
  readonly text: Template;
  readonly html?: Template | undefined;
  readonly short?: Template | undefined;
  readonly url?: Template | undefined;
}

/** A topic with its templates compiled. */
export interface CompiledTopic {
  readonly topic: NotificationTopic;
  readonly texts: ReadonlyMap<string, CompiledTexts>;
}

/** What a topic says to somebody. */
export interface Rendered {
  readonly locale: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string | null;
  readonly short: string | null;
  readonly url: string | null;
}

const NAME = /^[a-z][\w-]*(?:\.[a-z][\w-]*)*$/i;

/**
 * Compiles all templates of a topic. The template engine is loaded only now: who tells nobody anything
 * does not pay for it.
 *
 * @throws `template_invalid`
 */
export async function compileTopic(topic: NotificationTopic): Promise<CompiledTopic> {
  const { name, templates } = topic;
  const refuse = (reason: string) => createError('template_invalid', { template: name, reason });
  if (!NAME.test(name) || name.length > 100) {
    throw refuse('the name of a topic is words of letters and digits with dots between them');
  }
  const { compileTemplate } = await import('./compile.js');
  const texts = new Map<string, CompiledTexts>();
  for (const [locale, source] of Object.entries(templates)) {
    const tag = canonical(locale);
    if (tag === undefined) throw refuse(`"${locale}" is not a language`);
    texts.set(
      tag,
      compileTexts(compileTemplate, { name: `${name} (${tag})`, locale: tag, source }),
    );
  }
  if (texts.size === 0) throw refuse('it has no language');
  return { topic, texts };
}

function compileTexts(
  compileTemplate: typeof CompileTemplate,
  given: { readonly name: string; readonly locale: string; readonly source: NotificationTexts },
): CompiledTexts {
  const { name, locale, source } = given;
  const { subject, text, html, short, url } = source;
  const one = (part: string, from: string, escaping: 'text' | 'html' | 'url') =>
    compileTemplate(`${name} ${part}`, from, escaping);
  return {
    locale,
    subject: one('subject', subject, 'text'),
    text: one('text', text, 'text'),
    html: html === undefined ? undefined : one('html', html, 'html'),
    short: short === undefined ? undefined : one('short', short, 'text'),
    url: url === undefined ? undefined : one('url', url, 'url'),
  };
}

/** The texts for somebody's language: the language itself, the one it is of, the default, any. */
export function textsFor(
  { texts }: CompiledTopic,
  locale: string | null | undefined,
  defaultLocale: string,
): CompiledTexts {
  for (const wanted of [locale, defaultLocale]) {
    for (let tag = canonical(wanted ?? ''); tag !== undefined; tag = parentOf(tag)) {
      const found = texts.get(tag);
      if (found !== undefined) return found;
    }
  }
  return [...texts.values()][0] as CompiledTexts;
}

/** Fills the templates in. @throws `template_failed` */
export function renderTexts(texts: CompiledTexts, payload: object, language: Language): Rendered {
  const { subject, text, html, short, url } = texts;
  const fill = (template: Template | undefined): string | null =>
    template === undefined ? null : template.render(payload, language);
  return {
    locale: texts.locale,
    subject: oneLine(subject.render(payload, language)),
    text: text.render(payload, language).trim(),
    html: fill(html),
    short: fill(short)?.trim() ?? null,
    url: safeUrl(fill(url)),
  };
}

/** Names that the templates use and the payload does not have. */
export function missingNames(texts: CompiledTexts, payload: object): string[] {
  const { subject, text, html, short, url } = texts;
  const names = [subject, text, html, short, url].flatMap((one) => [...(one?.names ?? [])]);
  return [...new Set(names)].filter((name) => !Object.hasOwn(payload, name)).sort();
}

/** A value with a line break must not begin another header. */
// eslint-disable-next-line no-control-regex -- control characters are what must go
const CONTROL = /[\u0000-\u001f\u007f\u2028\u2029]+/g;
function oneLine(text: string): string {
  return text.replace(CONTROL, ' ').trim().slice(0, 500);
}

/** A path of the application or an `https` address; anything else (`javascript:`, `//host`) is none. */
function safeUrl(url: string | null): string | null {
  if (url === null) return null;
  const trimmed = url.replace(CONTROL, '').trim();
  if (/^\/(?![/\\])/.test(trimmed)) return trimmed;
  return URL.canParse(trimmed) && new URL(trimmed).protocol === 'https:'
    ? new URL(trimmed).href
    : null;
}

function canonical(locale: string): string | undefined {
  if (locale === '') return undefined;
  try {
    return Intl.getCanonicalLocales(locale)[0];
  } catch {
    // Not a language tag.
    return undefined;
  }
}

function parentOf(tag: string): string | undefined {
  const at = tag.lastIndexOf('-');
  return at === -1 ? undefined : tag.slice(0, at);
}
