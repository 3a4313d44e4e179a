import { createError, isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import type { Limits } from '../limits.js';

/**
 * Reads any failure as a catalogue error. Fastify's and Node's own are translated; everything else
 * becomes `internal_error`, which says nothing about the cause: only the log does.
 */
export function toCatalogueError(error: unknown, limits: Limits): ObjectOSError {
  if (isObjectOSError(error)) return error;
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return createError('body_too_large', { max: limits.bodyBytes }, { cause: error });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return createError(
        'unsupported_media_type',
        { contentType: 'This content type' },
        { cause: error },
      );
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return createError(
        'body_invalid',
        { reason: 'its length is not what Content-Length says' },
        { cause: error },
      );
    case 'FST_ERR_BAD_URL':
      return createError('url_invalid', {}, { cause: error });
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return createError('url_too_long', { max: limits.pathPartLength }, { cause: error });
    default:
      return createError('internal_error', {}, { cause: error });
  }
}

/** The `code` that Node and Fastify put on their errors. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
