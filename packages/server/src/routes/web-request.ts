import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';

const BODYLESS: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/**
 * The request of a contributed route in web-standard form. Its URL has the installation's own
 * origin: links made from it cannot be poisoned by a `Host` header.
 */
export function toWebRequest(
  request: FastifyRequest,
  options: {
    readonly origin: string;
    readonly signal: AbortSignal;
    /** The body as it arrives, instead of the one that was read. */
    readonly streamed?: boolean;
  },
): Request {
  const body = BODYLESS.has(request.method) ? {} : bodyOf(request, options.streamed === true);
  return new Request(new URL(request.raw.url ?? '/', options.origin), {
    method: request.method,
    headers: webHeaders(request),
    signal: options.signal,
    ...body,
  });
}

/** What Node asks for with a streamed body, and the types of the web do not know yet. */
type StreamedInit = RequestInit & { readonly duplex?: 'half' };

function bodyOf(request: FastifyRequest, streamed: boolean): StreamedInit {
  if (streamed) {
    return { body: streamOf(request.raw), duplex: 'half' };
  }
  const body = request.body as string | Buffer | undefined;
  if (body === undefined) return {};
  return { body: typeof body === 'string' ? body : new Uint8Array(body) };
}

/**
 * A body as a web stream. Not `Readable.toWeb`: a handler that stops reading would close the socket
 * under its own answer, and bytes that arrive afterwards would end the process (Node 20).
 */
function streamOf(source: Readable): ReadableStream<Uint8Array> {
  const chunks = source.iterator({ destroyOnReturn: false });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = (await chunks.next()) as IteratorResult<Uint8Array, undefined>;
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
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
