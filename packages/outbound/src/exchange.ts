import { createError, isObjectOSError } from '@objectos/spec/errors';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { DestinationCheck, Target } from './check.js';
import { createCheckedLookup, type Resolve } from './lookup.js';

/** One request and its answer, without redirects. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Uint8Array | undefined;
  readonly maxBytes: number;
  /** Ends the exchange; its reason is what is thrown. */
  readonly signal: AbortSignal;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** What an exchange is done with. */
export interface ExchangeParts {
  readonly check: DestinationCheck;
  readonly resolve: Resolve;
}

/** Sends one request. Each has a connection of its own, so none is reused that was checked for another. */
export function exchange(wanted: Exchange, parts: ExchangeParts): Promise<Answer> {
  const target = parts.check.url(wanted.url);
  return new Promise((resolve, reject) => {
    const { url, method, headers, body, signal } = wanted;
    const send = url.protocol === 'https:' ? https.request : http.request;
    const options: RequestOptions = {
      method,
      headers: Object.fromEntries(headers),
      signal,
      // No pool and no proxy of the environment.
      agent: false,
      lookup: createCheckedLookup(target, parts.check, parts.resolve),
    };
    const fail = (error: unknown): void => reject(failure(error, target, signal) as Error);
    try {
      const request = send(url, options, (response) => {
        read(response, wanted, target).then(resolve, fail);
      });
      request.on('error', fail);
      request.end(body);
    } catch (error) {
      // Node refuses methods and headers that would break the request.
      fail(error);
    }
  });
}

async function read(
  response: IncomingMessage,
  { maxBytes }: Exchange,
  { host }: Target,
): Promise<Answer> {
  const tooLarge = () => createError('outbound_too_large', { host, max: maxBytes });
  if (Number(response.headers['content-length']) > maxBytes) {
    response.destroy();
    throw tooLarge();
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the response and its connection.
    if (size > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  if (!response.complete) throw new Error('the answer ended too early');
  const body = new Uint8Array(Buffer.concat(chunks, size));
  return { status: response.statusCode ?? 0, headers: headersOf(response), body };
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  return headers;
}

/** What is thrown: ours as it is, the reason of an abort, or what the network says. */
function failure(error: unknown, { host }: Target, signal: AbortSignal): unknown {
  if (isObjectOSError(error)) return error;
  if (signal.aborted) return signal.reason;
  return createError('outbound_failed', { host, reason: reasonOf(error) }, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name cannot be resolved at the moment',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was broken',
  ETIMEDOUT: 'no connection came about',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
};

/** Node's own texts tell addresses; the code is enough. */
function reasonOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== 'string') return 'the answer is broken';
  return REASONS[code] ?? code;
}
