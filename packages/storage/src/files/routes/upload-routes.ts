import { readBody, type Route, type StoredFile } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';
import type { OwnedFilesService } from '../files-service.js';
import type { Signer } from '../signing.js';
import type { UploadProgress, Uploads } from '../uploads/uploads.js';
import { answer, bodyOf, fileBody, originOf, routes } from './http.js';

/** What the published clients say where files should go; there is one place for all. */
const scope = z.string().max(100).optional();
const common = { filename: z.string(), mimeType: z.string().max(255).optional(), scope };
const presignedSchema = z.strictObject({ ...common, size: z.int().min(0) });
const completeSchema = z.strictObject({
  fileId: z.string().max(100),
  eTag: z.string().max(200).optional(),
});
const MIB = 1024 * 1024;
const chunkedSchema = z.strictObject({
  ...common,
  totalSize: z.int().min(1),
  chunkSize: z
    .int()
    .min(64 * 1024)
    .max(64 * MIB)
    .default(5 * MIB),
});
const completeChunkedSchema = z.strictObject({
  uploadId: z.string().max(100).optional(),
  parts: z
    .array(z.strictObject({ chunkIndex: z.int().min(0), eTag: z.string().max(200) }))
    .max(10_000)
    .default([]),
});

/** What the routes stand on. */
export interface UploadRoutesParts {
  readonly files: OwnedFilesService;
  readonly uploads: Uploads;
  readonly signer: () => Signer;
  readonly now: () => number;
}

/** Uploads as the published clients do them: to a signed address, or in chunks that may be resumed. */
export function uploadRoutes(parts: UploadRoutesParts): Route[] {
  return [...signedUpload(parts), ...chunkedUpload(parts)];
}

function signedUpload({ files, uploads, signer, now }: UploadRoutesParts): Route[] {
  return [
    ...routes('POST', '/upload/presigned', async ({ request, ctx }) => {
      const { filename, mimeType, size } = await readBody(request, presignedSchema);
      const session = await uploads.announce({ name: filename, contentType: mimeType, size }, ctx);
      const { fileId, expiresAt, contentType } = session;
      const query = signer().sign('PUT', fileId, expiresAt);
      return answer({
        uploadUrl: `${originOf(request)}/api/storage/signed/${fileId}?${query}`,
        method: 'PUT',
        headers: { 'content-type': contentType ?? 'application/octet-stream' },
        fileId,
        expiresIn: Math.ceil((expiresAt - now()) / 1000),
      });
    }),
    ...routes('POST', '/upload/complete', async ({ request, ctx }) => {
      const { fileId, eTag } = await readBody(request, completeSchema);
      await uploads.requireReceived(fileId, ctx);
      const file = await files.get(fileId, ctx);
      if (eTag !== undefined && eTag.replaceAll('"', '') !== file.checksum) {
        throw createError('upload_conflict', { id: fileId, reason: 'its eTag is another' });
      }
      return answer(fileBody(file, originOf(request)));
    }),
    {
      method: 'PUT',
      path: '/api/storage/signed/:id',
      access: 'public',
      body: 'stream',
      async handler(request, ctx) {
        const id = ctx.params['id'] ?? '';
        signer().verify('PUT', id, new URL(request.url).searchParams);
        const file = await uploads.receive(id, bodyOf(request), ctx);
        const { checksum: eTag, size } = file;
        return new Response(JSON.stringify({ success: true, data: { key: id, eTag, size } }), {
          headers: { 'content-type': 'application/json; charset=utf-8', etag: `"${eTag}"` },
        });
      },
    },
  ];
}

function chunkedUpload({ uploads }: UploadRoutesParts): Route[] {
  return [
    ...routes('POST', '/upload/chunked', async ({ request, ctx }) => {
      const { filename, mimeType, totalSize, chunkSize } = await readBody(request, chunkedSchema);
      const file = { name: filename, contentType: mimeType, size: totalSize, chunkSize };
      const { id, token, session } = await uploads.begin(file, ctx);
      return answer(
        {
          uploadId: id,
          resumeToken: token,
          fileId: session.fileId,
          totalChunks: Math.ceil(totalSize / chunkSize),
          chunkSize,
          expiresAt: new Date(session.expiresAt).toISOString(),
        },
        201,
      );
    }),
    ...routes(
      'PUT',
      '/upload/chunked/:id/chunk/:index',
      async ({ request, ctx, id }) => {
        const index = indexOf(ctx.params['index'] ?? '');
        const token = request.headers.get('x-resume-token') ?? '';
        const chunk = await uploads.putChunk(id, { index, token, body: bodyOf(request) }, ctx);
        return answer({ chunkIndex: index, eTag: chunk.sha256, bytesReceived: chunk.size });
      },
      { body: 'stream' },
    ),
    ...routes('GET', '/upload/chunked/:id/progress', async ({ ctx, id }) =>
      answer(progressBody(id, await uploads.progress(id, ctx))),
    ),
    ...routes('POST', '/upload/chunked/:id/complete', async ({ request, ctx, id }) => {
      const { parts } = await readBody(request, completeChunkedSchema);
      return answer(completedBody(await uploads.complete(id, parts, ctx), originOf(request)));
    }),
    ...routes('DELETE', '/upload/chunked/:id', async ({ ctx, id }) => {
      await uploads.abort(id, ctx);
      return answer({ uploadId: id, aborted: true });
    }),
  ];
}

function completedBody(file: StoredFile, origin: string) {
  return { ...fileBody(file, origin), key: file.id };
}

function progressBody(id: string, { session, ...progress }: UploadProgress) {
  const { fileId, name, size, startedAt, expiresAt } = session;
  return {
    uploadId: id,
    fileId,
    filename: name,
    totalSize: size,
    ...progress,
    percentComplete: Math.min(100, Math.floor((progress.uploadedSize / size) * 100)),
    startedAt: new Date(startedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

function indexOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw createError('invalid_parameter', { parameter: 'chunk', reason: 'it is no number' });
}
