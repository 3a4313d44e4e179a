import { entry } from '../define.js';

/** Errors of the HTTP surface itself. */
export const httpErrors = {
  unauthenticated: entry<{ reason: string }>({
    category: 'authentication',
    status: 401,
    message: (p) => `Who are you? ${p.reason}`,
    hint: () => 'Send "Authorization: Bearer <token>".',
  }),
  endpoint_not_found: entry<{ method: string; path: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no ${p.method} ${p.path}.`,
    hint: () => 'GET /api/openapi.json lists the endpoints.',
  }),
  body_invalid: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The request body is not valid: ${p.reason}.`,
    hint: () => 'Send a JSON object.',
  }),
  body_too_large: entry<{ max: number }>({
    category: 'validation',
    status: 413,
    message: (p) => `The request body is larger than ${p.max} bytes.`,
    hint: () => 'Send less at once; use the batch endpoints in several calls.',
  }),
  unsupported_media_type: entry<{ contentType: string }>({
    category: 'validation',
    status: 415,
    message: (p) => `"${p.contentType}" is not accepted here.`,
    hint: () => 'Send "Content-Type: application/json".',
  }),
  internal_error: entry<Record<string, never>>({
    category: 'server',
    status: 500,
    message: () => 'Something went wrong inside the server.',
    hint: () => 'The log has the cause under this request id.',
  }),
};
