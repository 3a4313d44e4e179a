/** Of 32 random characters of base64, about 24 are different. */
const MIN_LENGTH = 32;
const MIN_DIFFERENT = 12;

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
  if (new Set(secret).size < MIN_DIFFERENT) return 'it is easy to guess';
  if (PLACEHOLDER.test(secret)) return 'it looks like one of an example';
  return undefined;
}
