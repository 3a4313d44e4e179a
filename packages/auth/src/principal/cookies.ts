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

/** The token of a signed value `token.signature`, if the signature is ours. */
export function verifySigned(value: string, secret: string): string | undefined {
  const dot = value.lastIndexOf('.');
  if (dot < 1) return undefined;
  const token = value.slice(0, dot);
  const expected = createHmac('sha256', secret).update(token).digest();
  const given = Buffer.from(value.slice(dot + 1), 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
