import { createHash } from 'node:crypto';
import type { Principal } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isCurrent } from '../data/preconditions.js';
import { sendJsonText } from '../http/reply.js';
import { contextOf } from '../http/request-state.js';
import { REVALIDATE } from '../http/security-headers.js';
import type { ServerParts } from '../nest/tokens.js';

/** A request and the reply to it. */
export interface Exchange {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/**
 * Sends a part of the metadata with an ETag. Every published client fails on a 304, so only our own
 * prefix answers one.
 */
export function sendMetadata(
  parts: ServerParts,
  { request, reply }: Exchange,
  body: () => object,
): void {
  const { principal, locale } = contextOf(request);
  const localizer = parts.localizer();
  const language = localizer?.resolve(locale);
  const version = [parts.snapshot().version, language, localizer?.version].join(' ');
  const tag = metadataTag(version, principal);
  reply.header('etag', tag).header('cache-control', REVALIDATE);
  if (language !== undefined) {
    reply.header('content-language', language).header('vary', 'accept-language');
  }
  const ours = request.raw.url?.startsWith('/api/v1/') === false;
  if (ours && isCurrent(request.headers['if-none-match'], tag)) {
    void reply.code(304).send();
    return;
  }
  sendJsonText(reply, JSON.stringify(body()), parts.config.compressBytes);
}

/** Changes with the metadata, and with what the reader may see of it. */
export function metadataTag(version: string, principal: Principal): string {
  const whose = principal.kind === 'system' ? 'system' : principal.fingerprint;
  return `"${createHash('sha256').update(`${version} ${whose}`).digest('base64url').slice(0, 27)}"`;
}

/** The parameters of a URL, of which only these are known. @throws `unknown_parameter` */
export function parameters(request: FastifyRequest, known: readonly string[]): Map<string, string> {
  const text = request.raw.url?.split('?')[1] ?? '';
  const given = new Map(new URLSearchParams(text));
  for (const name of given.keys()) {
    if (!known.includes(name)) {
      throw createError('unknown_parameter', { parameter: name.slice(0, 60) });
    }
  }
  return given;
}

/** A definition in the language of the reader. */
export function localized<T extends object>(
  parts: ServerParts,
  request: FastifyRequest,
  { type, definition }: { readonly type: string; readonly definition: T },
): T {
  const localizer = parts.localizer();
  if (localizer === undefined) return definition;
  return localizer.metadata(localizer.resolve(contextOf(request).locale), type, definition);
}
