import type { FastifyReply, FastifyRequest } from 'fastify';

const BODYLESS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * The request of a contributed route in web-standard form. Its URL has the installation's own
 * origin: links made from it cannot be poisoned by a `Host` header.
 */
export function toWebRequest(
  request: FastifyRequest,
  options: { readonly origin: string; readonly signal: AbortSignal },
): Request {
  const body = BODYLESS.has(request.method)
    ? undefined
    : (request.body as string | Buffer | undefined);
  return new Request(new URL(request.raw.url ?? '/', options.origin), {
    method: request.method,
    headers: webHeaders(request),
    signal: options.signal,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : new Uint8Array(body) }),
  });
}

function webHeaders(request: FastifyRequest): Headers {
  const headers = new Headers();
  const { rawHeaders } = request.raw;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!name.startsWith(':')) headers.append(name, rawHeaders[index + 1] ?? '');
  }
  return headers;
}

/** Aborts when the client goes away before it has its answer. */
export function abortOnDisconnect(reply: FastifyReply, controller: AbortController): void {
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
}
