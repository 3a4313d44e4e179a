import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Readable } from 'node:stream';
import { IMPORT_TYPES } from '../data/transfer-request.js';
import type { Limits } from '../limits.js';
import { checkJsonShape } from './json-shape.js';

/** The media type itself, and the one parameter that means something. Nothing "like" JSON. */
const JSON_TYPE = /^application\/json(?:[ \t]*;[ \t]*charset="?utf-8"?)?$/i;

type Done = (error: Error | null, body?: unknown) => void;

/**
 * Replaces Fastify's parsers by one: JSON, checked for depth and hostile keys, an empty body read as
 * no body (the published clients send `Content-Type: application/json` with every DELETE). Contributed
 * routes get the bytes as they came, of any type; their JSON is checked all the same.
 */
export function installBodyParsers(fastify: FastifyInstance, limits: Limits): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: limits.bodyBytes },
    (request, text: string, done) => {
      settle(done, () => readJson(request, text, limits));
    },
  );
  fastify.addContentTypeParser(Object.keys(IMPORT_TYPES), (request, payload: Readable, done) => {
    if (isImport(request)) done(null, payload);
    else
      void collect(payload, limits.bodyBytes).then(
        (bytes) => settle(done, () => readOther(request, bytes)),
        done,
      );
  });
  fastify.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: limits.bodyBytes },
    (request, bytes: Buffer, done) => {
      settle(done, () => readOther(request, bytes));
    },
  );
}

function settle(done: Done, read: () => unknown): void {
  let body: unknown;
  try {
    body = read();
  } catch (error) {
    done(
      isObjectOSError(error)
        ? error
        : createError('body_invalid', { reason: 'it is not JSON' }, { cause: error }),
    );
    return;
  }
  done(null, body);
}

function readJson(request: FastifyRequest, text: string, limits: Limits): unknown {
  const contentType = request.headers['content-type'] ?? '';
  if (!JSON_TYPE.test(contentType)) throw createError('unsupported_media_type', { contentType });
  if (text === '') return undefined;
  const value: unknown = JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  checkJsonShape(value, limits.jsonDepth);
  return isContributed(request) ? text : value;
}

function readOther(request: FastifyRequest, bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (isContributed(request)) return bytes;
  const contentType = request.headers['content-type'] ?? 'no content type';
  throw createError('unsupported_media_type', { contentType });
}

/** The one route that reads its body itself, with a limit of its own. */
function isImport(request: FastifyRequest): boolean {
  return request.routeOptions.url?.endsWith('/:object/import') === true;
}

async function collect(payload: Readable, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of payload) {
    bytes += (chunk as Buffer).length;
    if (bytes > max) throw createError('body_too_large', { max });
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function isContributed(request: FastifyRequest): boolean {
  return request.objectos?.access === 'granted' && request.objectos.route !== undefined;
}
