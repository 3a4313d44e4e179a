import type { Route, RouteContext, StoredFile } from '@objectos/spec/contracts';
import { FILE_OBJECT } from '../rows.js';

/** Both prefixes serve the same; the published clients know the second one. */
const PREFIXES = ['/api/storage', '/api/v1/storage'];

/** What a handler is given. */
export interface Asked {
  readonly request: Request;
  readonly ctx: RouteContext;
  /** The `:id` of the path. */
  readonly id: string;
}

/** A route under both prefixes, for those who are signed in. */
export function routes(
  method: Route['method'],
  path: string,
  handler: (asked: Asked) => Promise<Response>,
  options: Pick<Route, 'body'> = {},
): Route[] {
  return PREFIXES.map((prefix) => ({
    method,
    path: prefix + path,
    access: 'authenticated',
    ...options,
    handler: (request, ctx) => handler({ request, ctx, id: ctx.params['id'] ?? '' }),
  }));
}

/** An answer in the envelope of the published clients. */
export function answer(data: unknown, status = 200, beside: object = {}): Response {
  return Response.json({ success: true, data, ...beside }, { status });
}

/** A file in the words of all clients: ours, and those of the published ones. */
export function fileBody(file: StoredFile, origin: string) {
  const url = `${origin}/api/storage/files/${file.id}/content`;
  return {
    ...file,
    url,
    fileId: file.id,
    object: FILE_OBJECT,
    filename: file.name,
    mimeType: file.contentType,
    eTag: file.checksum,
  };
}

/** The body of a request as it arrives. */
export async function* bodyOf(request: Request): AsyncGenerator<Uint8Array> {
  if (request.body === null) return;
  for await (const chunk of request.body) yield chunk as Uint8Array;
}

/** The length that the client announced. */
export function announcedLength(request: Request): number | undefined {
  const header = request.headers.get('content-length');
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}

/** Origin of the server, as it names itself. */
export function originOf(request: Request): string {
  return new URL(request.url).origin;
}
