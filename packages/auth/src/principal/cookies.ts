import { LRUCache } from 'lru-cache';
import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * How cookies are named and marked. Over https they carry the `__Host-` prefix: no other host and no
 * unencrypted page can set them.
 */
export function cookieSettings(origin: string) {
  const secure = origin.startsWith('https://');
  return {
    cookiePrefix: secure ? '__Host-objectos' : 'objectos',
    // better-auth would put `__Secure-` in front; the prefix above says more.
    useSecureCookies: false,
    defaultCookieAttributes: { secure, httpOnly: true, sameSite: 'lax', path: '/' },
  } as const;
}

/** Name of the cookie that holds the session. */
export function sessionCookieName(origin: string): string {
  return `${cookieSettings(origin).cookiePrefix}.session_token`;
}

/** The value of one cookie of a `Cookie` header, decoded. */
export function readCookie(header: string, name: string): string | undefined {
  for (const part of header.split(';')) {
    const equals = part.indexOf('=');
    if (equals === -1 || part.slice(0, equals).trim() !== name) continue;
    return decode(part.slice(equals + 1).trim());
  }
  return undefined;
}

/** How many signed values are remembered; a browser sends the same one with every request. */
const MAX_VERIFIED = 10_000;

/**
 * Checks signed values. One that was right is right for as long as the secret is, so it is remembered:
 * to compute its signature costs more than all else that a known session costs. Wrong ones are not, so
 * that nobody can push others out. Whether the session still lives is another question.
 */
export function createSignatureCheck(secret: string): (value: string) => string | undefined {
  const verified = new LRUCache<string, string>({ max: MAX_VERIFIED });
  return (value) => {
    const known = verified.get(value);
    if (known !== undefined) return known;
    const token = verifySigned(value, secret);
    if (token !== undefined) verified.set(value, token);
    return token;
  };
}

/** The token of a signed value `token.signature`, if the signature is ours. */
function verifySigned(value: string, secret: string): string | undefined {
  const dot = value.lastIndexOf('.');
  if (dot < 1) return undefined;
  const token = value.slice(0, dot);
  // As text: base64 can be written in many ways, and only one of them is ours.
  const expected = Buffer.from(createHmac('sha256', secret).update(token).digest('base64'));
  const given = Buffer.from(value.slice(dot + 1));
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
