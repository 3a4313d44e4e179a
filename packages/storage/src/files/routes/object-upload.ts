import type {
  DataEngine,
  ExecutionContext,
  RecordData,
  Route,
  RouteContext,
  StoredFile,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { MetadataSnapshot } from '@objectql/core';
import busboy from 'busboy';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { OwnedFilesService } from '../files-service.js';
import { valuesOf } from '../values.js';
import { bodyOf, fileBody, originOf } from './http.js';

const MAX_FILES = 20;
const LIMITS = { files: MAX_FILES, fields: 20, parts: 50, fieldSize: 65_536, headerPairs: 50 };
/** The fields that the published components send beside their files. */
const FIELDS: ReadonlySet<string> = new Set(['recordId', 'fieldName', 'metadata']);

/** What the routes stand on. */
export interface ObjectUploadParts {
  readonly files: OwnedFilesService;
  readonly engine: DataEngine;
  readonly snapshot: () => MetadataSnapshot;
}

interface Form {
  readonly files: readonly { readonly part: string; readonly file: StoredFile }[];
  readonly fields: ReadonlyMap<string, string>;
}

/**
 * The upload of ObjectUI: `multipart/form-data` with `file` or `files`, and where they go. With
 * `recordId` and `fieldName` they become the value of that field, by an update like any other.
 */
export function objectUploadRoutes(parts: ObjectUploadParts): Route[] {
  const { files } = parts;
  return ['/api/data', '/api/v1/data'].map((prefix) => ({
    method: 'POST',
    path: `${prefix}/:object/upload`,
    access: 'authenticated',
    body: 'stream',
    async handler(request, ctx) {
      const form = await readForm(request, files, ctx);
      try {
        await attach(parts, form, ctx);
      } catch (error) {
        await discardAll(files, form.files, ctx);
        throw error;
      }
      const metadata = readMetadata(form.fields.get('metadata'));
      const told = form.files.map(({ file }) => ({
        ...fileBody(file, originOf(request)),
        ...(metadata === undefined ? {} : { metadata }),
      }));
      // One file is answered as itself, several as a list: what the two calls of the adapter read.
      const single = form.files.length === 1 && form.files[0]?.part === 'file';
      return Response.json(single ? { success: true, ...told[0] } : told, { status: 201 });
    },
  }));
}

async function attach(
  { engine, snapshot }: ObjectUploadParts,
  { files, fields }: Form,
  ctx: RouteContext,
): Promise<void> {
  const [id, field] = [fields.get('recordId'), fields.get('fieldName')];
  if (id === undefined && field === undefined) return;
  if (id === undefined || field === undefined) {
    throw createError('body_invalid', { reason: 'recordId and fieldName belong together' });
  }
  const object = ctx.params['object'] ?? '';
  const record = await engine.get(object, id, ctx, { fields: [field] });
  const added = files.map(({ file }) => file.id);
  const isList = snapshot().objects.get(object)?.fields.get(field)?.multiple === true;
  const data: RecordData = {};
  data[field] = isList || added.length > 1 ? [...valuesOf(record[field]), ...added] : added[0];
  await engine.update(object, id, data, ctx);
}

async function readForm(
  request: Request,
  files: OwnedFilesService,
  ctx: ExecutionContext,
): Promise<Form> {
  const received: Promise<{ part: string; file: StoredFile }>[] = [];
  const fields = new Map<string, string>();
  const parser = openParser(request);
  let problem: Error | undefined;
  const refuse = (error: Error): void => {
    problem ??= error;
    parser.destroy(problem);
  };
  parser.on('file', (part, stream, { filename, mimeType }) => {
    // Whoever reads it is told; when nobody does yet, nobody need be.
    stream.on('error', () => undefined);
    if (part !== 'file' && part !== 'files') {
      refuse(createError('body_invalid', { reason: `the part "${part.slice(0, 60)}" is unknown` }));
      stream.resume();
      return;
    }
    const upload = { name: filename, contentType: mimeType, body: stream };
    const file = files.upload(upload, ctx).then((stored) => ({ part, file: stored }));
    received.push(file);
    file.catch(refuse);
  });
  parser.on('field', (name, value, { valueTruncated }) => {
    if (valueTruncated) refuse(tooMuch('fieldSize', LIMITS.fieldSize));
    else if (FIELDS.has(name)) fields.set(name, value);
    else
      refuse(
        createError('body_invalid', { reason: `the field "${name.slice(0, 60)}" is unknown` }),
      );
  });
  for (const limit of ['files', 'fields', 'parts'] as const) {
    parser.on(`${limit}Limit`, () => refuse(tooMuch(limit, LIMITS[limit])));
  }
  try {
    await pipeline(Readable.from(bodyOf(request)), parser);
    const stored = await Promise.all(received);
    if (problem !== undefined) throw problem;
    if (stored.length === 0)
      throw createError('body_invalid', { reason: 'there is no file in it' });
    return { files: stored, fields };
  } catch (error) {
    const settled = await Promise.allSettled(received);
    const stored = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    await discardAll(files, stored, ctx);
    throw asRefusal(problem ?? error);
  }
}

function openParser(request: Request): busboy.Busboy {
  const contentType = request.headers.get('content-type') ?? '';
  if (!/^multipart\/form-data\s*;/i.test(contentType)) {
    throw createError('unsupported_media_type', { contentType: contentType.slice(0, 100) });
  }
  try {
    return busboy({
      headers: { 'content-type': contentType },
      limits: LIMITS,
      defParamCharset: 'utf8',
      // A name with a folder in it is refused, not repaired.
      preservePath: true,
    });
  } catch (cause) {
    throw createError('body_invalid', { reason: 'it has no boundary' }, { cause });
  }
}

function asRefusal(error: unknown): unknown {
  if (isObjectOSError(error)) return error;
  return createError('body_invalid', { reason: 'it is no complete form' }, { cause: error });
}

function tooMuch(limit: string, max: number): Error {
  return createError('limit_exceeded', { limit, max, actual: max + 1 });
}

async function discardAll(
  files: OwnedFilesService,
  stored: readonly { readonly file: StoredFile }[],
  ctx: ExecutionContext,
): Promise<void> {
  for (const { file } of stored) await files.discard(file.id, ctx);
}

function readMetadata(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw createError('body_invalid', { reason: 'metadata is not JSON' }, { cause });
  }
}
