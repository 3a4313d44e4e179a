/**
 * On every response, errors included. The API serves data to programs: a browser that is shown a
 * response must neither run, frame, sniff nor keep it.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** For documents that may be kept but must be asked for again: metadata, OpenAPI. */
export const REVALIDATE = 'private, no-cache';
