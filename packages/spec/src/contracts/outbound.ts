import { serviceRef } from './refs.js';

/** What a request to another server is made of. Anything absent has the default of `fetch`. */
export interface OutboundRequest {
  /** Default `GET`. */
  readonly method?: string | undefined;
  /** `Host`, `Content-Length` and the headers of the connection are the service's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | Uint8Array | undefined;
  /**
   * Redirects to follow, at most 20; each is checked like the first request. Default 0: an answer that
   * redirects is an error. `Authorization` and `Cookie` do not leave the first origin.
   */
  readonly maxRedirects?: number | undefined;
  /** Milliseconds for all of it, redirects and body included. Never more than the configuration's. */
  readonly timeout?: number | undefined;
  /** Bytes of the answer's body. Never more than the configuration's. */
  readonly maxBytes?: number | undefined;
  /** Gives the request up. */
  readonly signal?: AbortSignal | undefined;
}

/** A whole answer. The body is in memory; a status of 400 and above is an answer too. */
export interface OutboundResponse {
  readonly status: number;
  /** True for 200 to 299. */
  readonly ok: boolean;
  readonly headers: Headers;
  /** Where the answer came from, after redirects. */
  readonly url: string;
  /** The body as it came, not decompressed: the service asks for none that is compressed. */
  readonly bytes: Uint8Array;
  /** The body as UTF-8. */
  text(): string;
  /** The body as JSON. @throws `outbound_failed` when it is none */
  json(): unknown;
}

/**
 * Requests to other servers. Whatever calls a URL that a user or an administrator wrote down uses
 * this: it can't be led to this machine, a private network or a cloud's metadata service.
 */
export interface OutboundService {
  /**
   * Sends a request over HTTP or HTTPS and reads the whole answer. The address is resolved once and
   * checked at connect, so a name can't change its meaning between check and use.
   *
   * @throws `outbound_url_invalid`, `outbound_blocked`, `outbound_redirected`, `outbound_too_large`,
   * `outbound_timeout`, `outbound_failed` (no connection, broken answer)
   * @example const answer = await outbound.request('https://example.com/hook', { method: 'POST', body });
   */
  request(url: string | URL, init?: OutboundRequest): Promise<OutboundResponse>;
}

/** Requests to other servers. Provided by the outbound plugin. */
export const outboundService = serviceRef<OutboundService>('outbound');
