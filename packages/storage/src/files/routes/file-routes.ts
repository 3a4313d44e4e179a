import { readBody, readQuery, type Route, type StoredFile } from '@objectos/spec/contracts';
import { z } from 'zod';
import type { OwnedFilesService } from '../files-service.js';
import { serveFile } from '../serve.js';
import type { Signer } from '../signing.js';
import { thumbnailOf } from '../thumbnails/request.js';
import type { Thumbnails } from '../thumbnails/thumbnails.js';
import { announcedLength, answer, bodyOf, fileBody, originOf, routes } from './http.js';

const nameSchema = z.strictObject({ name: z.string() });
const reasonSchema = z.strictObject({ reason: z.string().min(1).max(255) });
const WEEK_SECONDS = 7 * 24 * 3600;
const urlSchema = z.strictObject({
  expiresIn: z.coerce.number().int().min(1).max(WEEK_SECONDS).optional(),
  inline: z.string().optional(),
});

/** What the routes stand on. */
export interface FileRoutesParts {
  readonly files: OwnedFilesService;
  readonly thumbnails: Thumbnails;
  readonly signer: () => Signer;
  /** Milliseconds that an address works when nobody says. */
  readonly urlTtl: number;
  readonly now: () => number;
}

/** Files over HTTP: upload in one request, download, addresses for others, quarantine. */
export function fileRoutes(parts: FileRoutesParts): Route[] {
  const { files, signer } = parts;
  return [
    ...routes(
      'POST',
      '/files',
      async ({ request, ctx }) => {
        const { name } = readQuery(request, nameSchema);
        const file = await files.upload(
          {
            name,
            contentType: request.headers.get('content-type') ?? undefined,
            size: announcedLength(request),
            body: bodyOf(request),
          },
          ctx,
        );
        return answer(fileBody(file, originOf(request)), 201);
      },
      { body: 'stream' },
    ),
    ...routes('GET', '/files/:id', async ({ request, ctx, id }) =>
      answer(fileBody(await files.get(id, ctx), originOf(request))),
    ),
    ...routes('DELETE', '/files/:id', async ({ ctx, id }) => {
      await files.delete(id, ctx);
      return answer({ id, deleted: true });
    }),
    ...routes('GET', '/files/:id/content', async ({ request, ctx, id }) => {
      return serve(request, await files.get(id, ctx), parts);
    }),
    ...routes('GET', '/files/:id/url', async ({ request, ctx, id }) => {
      const { expiresIn, inline } = readQuery(request, urlSchema);
      const { id: known } = await files.get(id, ctx);
      const ttl = expiresIn === undefined ? parts.urlTtl : expiresIn * 1000;
      const expiresAt = parts.now() + ttl;
      const query =
        signer().sign('GET', known, expiresAt) + (inline === undefined ? '' : '&inline=1');
      const url = `${originOf(request)}/api/storage/signed/${known}?${query}`;
      // Older clients read the address beside the envelope, newer ones in it.
      const told = { url, expiresIn: Math.floor(ttl / 1000) };
      return answer(told, 200, told);
    }),
    ...routes('POST', '/files/:id/quarantine', async ({ request, ctx, id }) => {
      const { reason } = await readBody(request, reasonSchema);
      return answer(await files.quarantine(id, reason, ctx));
    }),
    ...routes('POST', '/files/:id/release', async ({ ctx, id }) =>
      answer(await files.release(id, ctx)),
    ),
    signedDownload(parts),
  ];
}

/** Needs no credential: the signature stands for what its maker might read. */
function signedDownload(parts: FileRoutesParts): Route {
  const { files, signer } = parts;
  return {
    method: 'GET',
    path: '/api/storage/signed/:id',
    access: 'public',
    async handler(request, { params }) {
      const id = params['id'] ?? '';
      signer().verify('GET', id, new URL(request.url).searchParams);
      return serve(request, await files.getSigned(id), parts);
    },
  };
}

/** A file that somebody was let in to, or a small image of it. */
async function serve(
  request: Request,
  file: StoredFile,
  { files, thumbnails }: FileRoutesParts,
): Promise<Response> {
  const spec = thumbnailOf(new URL(request.url).searchParams, thumbnails.config);
  if (spec === undefined) return serveFile(request, file, (range) => files.content(file, range));
  const small = await thumbnails.get(file, spec);
  return serveFile(request, small, (range) => thumbnails.content(file, spec, range));
}
