import type { OutboundRequest, OutboundResponse, OutboundService } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { createCheck, parseUrl } from './check.js';
import { outboundConfigSchema, type OutboundConfig } from './config.js';
import { exchange, type Answer, type Exchange, type ExchangeParts } from './exchange.js';
import { resolveBySystem, type Resolve } from './lookup.js';
import { isRedirect, redirected } from './redirect.js';

/** What {@link createOutboundService} is made of. */
export interface OutboundOptions {
  readonly config?: Partial<OutboundConfig> | undefined;
  /** Instead of the machine's resolver. */
  readonly resolve?: Resolve | undefined;
}

const MAX_REDIRECTS = 20;

/** Headers of the connection: another value than ours would let a second request ride along. */
const OWN_HEADERS = [
  'host',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/**
 * Makes the service, without a kernel.
 *
 * @example
 * const outbound = createOutboundService({ config: { allow: ['erp.internal:8443'] } });
 * const rates = (await outbound.request('https://rates.example.com/eur')).json();
 */
export function createOutboundService(options: OutboundOptions = {}): OutboundService {
  const config = outboundConfigSchema.parse(options.config ?? {});
  const check = createCheck(config);
  const parts: ExchangeParts = { check, resolve: options.resolve ?? resolveBySystem };
  return {
    async request(address, init = {}) {
      const url = parseUrl(address);
      const { host } = check.url(url);
      const milliseconds = Math.min(init.timeout ?? config.timeout, config.timeout);
      const time = new AbortController();
      const timer = setTimeout(
        () => time.abort(createError('outbound_timeout', { host, milliseconds })),
        milliseconds,
      );
      const signal =
        init.signal === undefined ? time.signal : AbortSignal.any([time.signal, init.signal]);
      try {
        signal.throwIfAborted();
        const maxBytes = Math.min(init.maxBytes ?? config.maxBytes, config.maxBytes);
        const first = { url, ...whatIsSent(init), maxBytes, signal };
        return await follow(first, Math.min(init.maxRedirects ?? 0, MAX_REDIRECTS), parts);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

async function follow(
  first: Exchange,
  redirects: number,
  parts: ExchangeParts,
): Promise<OutboundResponse> {
  let current = first;
  for (let left = redirects; ; left -= 1) {
    const answer = await exchange(current, parts);
    if (!isRedirect(answer)) return responseOf(current.url, answer);
    current = redirected(current, answer, { left, allowed: redirects });
  }
}

function whatIsSent({ method = 'GET', headers, body }: OutboundRequest) {
  const own = new Headers(headers);
  for (const name of OWN_HEADERS) own.delete(name);
  // A body that is compressed could be small here and huge for whoever opens it.
  own.set('accept-encoding', 'identity');
  if (!own.has('user-agent')) own.set('user-agent', 'ObjectOS');
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  if (bytes !== undefined) own.set('content-length', String(bytes.byteLength));
  return { method: method.toUpperCase(), headers: own, body: bytes };
}

function responseOf(url: URL, { status, headers, body }: Answer): OutboundResponse {
  const text = (): string => new TextDecoder().decode(body);
  return {
    status,
    ok: status >= 200 && status < 300,
    headers,
    url: url.href,
    bytes: body,
    text,
    json() {
      try {
        return JSON.parse(text()) as unknown;
      } catch (cause) {
        const reason = 'the answer is no JSON';
        throw createError('outbound_failed', { host: url.hostname, reason }, { cause });
      }
    },
  };
}
