import { isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import type { Localizer, Logger } from '@objectos/spec/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ServerConfig } from '../config.js';
import { toCatalogueError } from './catalogue-error.js';
import { errorBody } from './error-body.js';
import { createLocaleReader } from './locale.js';
import type { MatchedRoute } from '../routes/route-table.js';
import { shownPath } from './shown-path.js';
import { requestFields } from './request-log.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/**
 * Sends text that already is JSON. Only text of some length asks for compression, so short answers
 * never pay for the negotiation.
 */
export function sendJsonText(reply: FastifyReply, text: string, compressFrom: number): void {
  reply.header('content-type', JSON_TYPE);
  if (text.length >= compressFrom && reply.request.headers['accept-encoding'] !== undefined) {
    reply.compress(text);
    return;
  }
  void reply.send(text);
}

/** Answers with errors of the catalogue, and logs the ones that are the server's own fault. */
export function createErrorResponder(
  logger: Logger,
  { limits, defaultLocale }: Pick<ServerConfig, 'limits' | 'defaultLocale'>,
  localizer: () => Localizer | undefined,
) {
  const localeOf = createLocaleReader(defaultLocale);
  return (request: FastifyRequest, reply: FastifyReply, failure: unknown): void => {
    const error = toCatalogueError(failure, limits);
    if (error.status >= 500) logFailure(logger, request, error, failure);
    if (reply.sent || reply.raw.headersSent) return;
    if (error.status === 401) reply.header('www-authenticate', 'Bearer realm="objectos"');
    const { retryAfterSeconds = error.status === 503 ? 1 : undefined } = error.details;
    if (typeof retryAfterSeconds === 'number') reply.header('retry-after', retryAfterSeconds);
    // A body that was not read to its end would be taken for the next request on this connection.
    if (error.status === 413) reply.header('connection', 'close');
    reply.code(error.status).header('content-type', JSON_TYPE).removeHeader('etag');
    const told = localizer();
    const locale = told?.resolve(localeOf(request.headers['accept-language']));
    if (locale !== undefined) reply.header('content-language', locale);
    const texts = locale === undefined ? error : (told?.error(locale, error) ?? error);
    void reply.send(JSON.stringify(errorBody(error, request.id, texts)));
  };
}

/** Sends a failure as its catalogue error. */
export type ErrorResponder = ReturnType<typeof createErrorResponder>;

function logFailure(
  logger: Logger,
  request: FastifyRequest,
  error: ObjectOSError,
  failure: unknown,
): void {
  const cause = isObjectOSError(failure) ? (failure.cause ?? failure) : failure;
  const fields = {
    ...requestFields(request),
    path: shownPath(request, matchedOf(request)),
    code: error.code,
    error: cause,
  };
  logger.error(fields, `request failed: ${error.message}`);
}

function matchedOf({ objectos }: FastifyRequest): MatchedRoute | undefined {
  return objectos?.access === 'granted' ? objectos.route : undefined;
}

/** A URL without its query string. */
export function pathOf(url: string | undefined): string {
  if (url === undefined) return '';
  const end = url.search(/[?#]/);
  return end === -1 ? url : url.slice(0, end);
}
