import type { SearchTerm } from '../driver/row-filter.js';

/** What stands between spaces, or between quotation marks. */
export interface AskedWord {
  readonly text: string;
  readonly quoted: boolean;
}

/**
 * What a search asks for, each thing once.
 *
 * @example askedWords('ada "new york"') // [{ text: 'ada', quoted: false }, { text: 'new york', quoted: true }]
 */
export function askedWords(text: string): AskedWord[] {
  const found = new Map<string, AskedWord>();
  for (const [, phrase, word] of text.matchAll(/"([^"]+)"|([^\s"]+)/g)) {
    const one = (phrase ?? word ?? '').trim();
    if (one === '') continue;
    const quoted = phrase !== undefined;
    found.set(`${String(quoted)} ${one}`, { text: one, quoted });
  }
  return [...found.values()];
}

/** Letters that have a second form which means the same. */
const SECOND_FORMS: Readonly<Record<string, string>> = { ς: 'σ', ſ: 's' };

/**
 * A text as searches compare it: small letters, no accents on Latin letters. The databases fold in
 * the same way.
 */
export function folded(text: string): string {
  return text
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/([a-z])[\u0300-\u0331]+/g, '$1')
    .normalize('NFC')
    .replaceAll(/[ςſ]/g, (letter) => SECOND_FORMS[letter] ?? letter);
}

/** The words of a text: runs of letters and digits, folded. */
export function searchTokens(text: string): string[] {
  return folded(text).match(/[\p{L}\p{Nd}]+/gu) ?? [];
}

/** What to look for; nothing stands for what holds no letter and no digit. */
export function searchTerm({ text, quoted }: AskedWord): SearchTerm | undefined {
  const words = searchTokens(text);
  return words.length === 0 ? undefined : { words, prefix: !quoted };
}
