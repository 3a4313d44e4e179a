const MAX_REMEMBERED = 512;
const LANGUAGE_RANGE =
  /^([a-z]{1,8}(?:-[a-z0-9]{1,8})*)(?:\s*;\s*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i;

/**
 * Reads `Accept-Language`. Browsers send the same few values over and over, so answers are
 * remembered; the memory is bounded because the header comes from outside.
 */
export function createLocaleReader(fallback: string): (header: string | undefined) => string {
  const remembered = new Map<string, string>();
  return (header) => {
    if (header === undefined) return fallback;
    const known = remembered.get(header);
    if (known !== undefined) return known;
    const locale = preferredLocale(header) ?? fallback;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    if (header.length <= 200) remembered.set(header, locale);
    return locale;
  };
}

/** The language range with the highest weight; the first of equals. Nothing for `*` or nonsense. */
function preferredLocale(header: string): string | undefined {
  let best: { readonly tag: string; readonly weight: number } | undefined;
  for (const part of header.slice(0, 1000).split(',')) {
    const match = LANGUAGE_RANGE.exec(part.trim());
    if (match?.[1] === undefined) continue;
    const weight = match[2] === undefined ? 1 : Number(match[2]);
    if (weight > (best?.weight ?? 0)) best = { tag: match[1], weight };
  }
  return best?.tag;
}
