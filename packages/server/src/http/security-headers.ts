/**
 * On every response, errors included. The API serves data to programs: a browser that is shown a
 * response must neither run, frame, sniff nor keep it.
 */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** A year. Sub-domains are the operator's to speak for. */
const STRICT_TRANSPORT = 'max-age=31536000';

/** The headers of an installation: one that people reach over https stays on https. */
export function securityHeaders(publicUrl: string | undefined): Readonly<Record<string, string>> {
  return publicUrl?.startsWith('https:') === true
    ? { ...SECURITY_HEADERS, 'strict-transport-security': STRICT_TRANSPORT }
    : SECURITY_HEADERS;
}

/** For documents that may be kept but must be asked for again: metadata, OpenAPI. */
export const REVALIDATE = 'private, no-cache';
