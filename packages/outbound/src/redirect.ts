import { createError } from '@objectos/spec/errors';
import { parseUrl } from './check.js';
import type { Answer, Exchange } from './exchange.js';

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Whether an answer sends elsewhere. */
export function isRedirect({ status, headers }: Answer): boolean {
  return REDIRECTS.has(status) && headers.has('location');
}

/**
 * The exchange that a redirect asks for, as `fetch` makes it; its address is checked when it is sent.
 *
 * @throws `outbound_redirected` when no more are allowed, or it would leave https
 */
export function redirected(
  current: Exchange,
  { status, headers }: Answer,
  { left, allowed }: { readonly left: number; readonly allowed: number },
): Exchange {
  const host = current.url.hostname;
  const refuse = (reason: string) => createError('outbound_redirected', { host, status, reason });
  if (allowed === 0) throw refuse('redirects are not followed here');
  if (left === 0) throw refuse(`more than ${allowed} are not followed`);
  const url = parseUrl(headers.get('location') ?? '', current.url);
  if (current.url.protocol === 'https:' && url.protocol !== 'https:') {
    throw refuse('it would go on without encryption');
  }
  return { ...current, ...whatIsResent(current, status, url), url };
}

function whatIsResent({ method, headers, body, url }: Exchange, status: number, next: URL) {
  const kept = new Headers(headers);
  if (next.origin !== url.origin) {
    for (const name of ['authorization', 'cookie', 'proxy-authorization']) kept.delete(name);
  }
  const asGet = (status === 303 && method !== 'HEAD') || (status < 303 && method === 'POST');
  if (!asGet) return { method, headers: kept, body };
  for (const name of ['content-length', 'content-type']) kept.delete(name);
  return { method: 'GET', headers: kept, body: undefined };
}
