import { createHash } from 'node:crypto';
import type { OnceAccess, OnceRequest } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FastifyRequest } from 'fastify';
import { pathOf } from '../http/reply.js';

const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * The request as its `Idempotency-Key` names it. The key may stand in quotes, as the draft of the
 * header writes it, or bare, as most clients do. The route is the one under `/api/data`, so that a
 * retry by the other prefix is the same request.
 *
 * @throws `header_invalid`
 */
export function onceRequest(
  request: FastifyRequest,
  access: readonly OnceAccess[],
): OnceRequest | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const path = pathOf(request.raw.url).replace(/^\/api\/v1\//, '/api/');
  return {
    key: readKey(header),
    scope: `${request.method} ${path}`,
    fingerprint: fingerprintOf(request),
    access,
  };
}

function readKey(header: string | string[]): string {
  const text = Array.isArray(header) ? header.join(',') : header.trim();
  const key = /^"(.*)"$/.exec(text)?.[1] ?? text;
  if (KEY.test(key) && !key.includes('"')) return key;
  throw createError('header_invalid', {
    header: 'Idempotency-Key',
    reason: 'it is 1 to 255 visible ASCII characters, such as a UUID',
  });
}

/** Everything beside the route that decides what a write does. */
function fingerprintOf({ raw, body, headers }: FastifyRequest): string {
  const query = (raw.url ?? '').slice(pathOf(raw.url).length);
  const decisive = [query, headers['if-match'] ?? null, headers.prefer ?? null, body ?? null];
  return createHash('sha256').update(JSON.stringify(decisive)).digest('base64url');
}
