import type { RouteContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { parseObject, readForm } from './body.js';

/** Header in which better-auth is told the client's address. What a client sends in it is dropped. */
export const IP_HEADER = 'x-objectos-client-ip';

/** Headers by which a proxy, or anybody, could tell better-auth another address or host. */
const UNTRUSTED = [
  IP_HEADER,
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'host',
  'forwarded',
];

const JSON_TYPE = 'application/json';
const FORM_TYPE = 'application/x-www-form-urlencoded';

/** A request for better-auth, and its body as better-auth will read it. */
export interface Forwarded {
  readonly request: Request;
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * Makes the request that better-auth sees: below its own base path, with the address that the server
 * found out, and never without a body where published clients say JSON and send nothing. What we hold
 * against our own rules must be what better-auth acts on, so a type that only one of us would
 * understand is refused.
 *
 * @throws `unsupported_media_type`, `body_invalid`
 */
export async function forward(
  request: Request,
  ctx: RouteContext,
  prefix: string,
): Promise<Forwarded> {
  const url = new URL(request.url);
  url.pathname = `/api/auth${url.pathname.slice(prefix.length)}`;
  const headers = new Headers(request.headers);
  for (const name of UNTRUSTED) headers.delete(name);
  headers.set(IP_HEADER, ctx.origin?.ip ?? '');
  if (isProgram(headers)) headers.delete('sec-fetch-mode');
  if (request.method === 'GET') return { request: new Request(url, { headers }), body: {} };
  const text = await request.text();
  const contentType = headers.get('content-type') ?? '';
  const type = text === '' ? JSON_TYPE : (contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (type !== JSON_TYPE && type !== FORM_TYPE) {
    throw createError('unsupported_media_type', { contentType });
  }
  headers.set('content-type', type);
  headers.delete('content-length');
  const sent = text === '' ? '{}' : text;
  const forwarded = new Request(url, { method: request.method, headers, body: sent });
  const body = type === JSON_TYPE ? parseObject(sent) : readForm(sent);
  return { request: forwarded, body };
}

/**
 * True for what no page of a browser sends. Programs on Node send `Sec-Fetch-Mode` all the same, and
 * better-auth would ask them for an origin.
 */
function isProgram(headers: Headers): boolean {
  return !['cookie', 'origin', 'referer', 'sec-fetch-site', 'sec-fetch-dest'].some((name) =>
    headers.has(name),
  );
}
