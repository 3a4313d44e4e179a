import { entry } from '../define.js';

/** Errors of the HTTP surface itself. */
export const httpErrors = {
  unauthenticated: entry<{ reason: string }>({
    category: 'authentication',
    status: 401,
    message: (p) => `Who are you? ${p.reason}`,
    hint: () => 'Send "Authorization: Bearer <token>".',
  }),
  csrf_token_required: entry<{ header: string }>({
    category: 'authorization',
    status: 403,
    message: () => 'This request has the cookie of a session, and nothing that says it is its own.',
    hint: (p) =>
      `Send "${p.header}" with the token of GET /api/csrf-token, or a bearer token instead of the cookie.`,
  }),
  rate_limited: entry<{ who: string; requests: number; window: number; seconds: number }>({
    category: 'rate_limit',
    status: 429,
    retryable: true,
    message: (p) => `Too many requests: ${p.who} has ${p.requests} in ${p.window} seconds.`,
    hint: (p) => `Go on in ${p.seconds} seconds. The RateLimit headers tell how many are left.`,
  }),
  server_starting: entry<{ percent: number }>({
    category: 'maintenance',
    status: 503,
    retryable: true,
    message: (p) => `The server starts when its database is migrated; ${p.percent} % are done.`,
    hint: () => 'Try again in a while. GET /readyz tells how far it is.',
  }),
  endpoint_not_found: entry<{ method: string; path: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no ${p.method} ${p.path}.`,
    hint: () => 'GET /api/openapi.json lists the endpoints.',
  }),
  url_invalid: entry<Record<string, never>>({
    category: 'validation',
    status: 400,
    message: () => 'The URL cannot be read.',
    hint: () => 'Percent-encode it as UTF-8, for example with encodeURIComponent.',
  }),
  url_too_long: entry<{ max: number }>({
    category: 'validation',
    status: 414,
    message: (p) => `The URL, or a name or id in it, is longer than ${p.max} characters.`,
    hint: () => 'Send long queries as a body to POST /api/data/<object>/query.',
  }),
  request_malformed: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The request is not valid HTTP: ${p.reason}.`,
    hint: () => 'Use an HTTP/1.1 client.',
  }),
  headers_too_large: entry<{ max: number }>({
    category: 'validation',
    status: 431,
    message: (p) => `The request's headers are larger than ${p.max} bytes.`,
    hint: () => 'Send fewer or shorter headers and cookies.',
  }),
  request_timeout: entry<{ seconds: number }>({
    category: 'validation',
    status: 408,
    retryable: true,
    message: (p) => `The request did not arrive within ${p.seconds} seconds.`,
    hint: () => 'Send it again, faster or smaller.',
  }),
  body_invalid: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The request body is not valid: ${p.reason}.`,
    hint: () => 'GET /api/openapi.json shows the body that each endpoint takes.',
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
  header_invalid: entry<{ header: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The header "${p.header}" is not valid: ${p.reason}.`,
    hint: () => 'Correct it, or leave it out.',
  }),
  id_mismatch: entry<{ path: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The body has another id than the URL, which says "${p.path}".`,
    hint: () => 'An id never changes: leave it out of the body, or send the same.',
  }),
  option_not_supported: entry<{ option: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `"${p.option}" is not supported here.`,
    hint: () => 'Leave it out. Nothing was changed.',
  }),
  batch_stopped: entry<{ index: number }>({
    category: 'conflict',
    status: 409,
    message: (p) => `Not tried, because item ${p.index} failed before.`,
    hint: () => 'Correct that item, or send options.continueOnError=true.',
  }),
  port_in_use: entry<{ host: string; port: number }>({
    category: 'server',
    status: 500,
    message: (p) => `Port ${p.port} on ${p.host} is already in use.`,
    hint: () => 'Stop the other program, or choose another port (server.port; 0 picks a free one).',
  }),
  listen_failed: entry<{ host: string; port: number; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The server cannot listen on ${p.host}, port ${p.port}: ${p.reason}.`,
    hint: () => 'Choose an address of this machine and a port that you may use.',
  }),
  remote_bind_refused: entry<{ host: string }>({
    category: 'server',
    status: 500,
    message: (p) => `Without an authentication plugin the server does not listen on ${p.host}.`,
    hint: () => 'Load an authentication plugin, or keep server.host at 127.0.0.1.',
  }),
  startup_token_weak: entry<{ reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The start-up token cannot be used in production: ${p.reason}.`,
    hint: () =>
      'Set OBJECTOS_STARTUP_TOKEN to 32 random characters, e.g. from "openssl rand -base64 32", or leave it out and take the one that is printed.',
  }),
  route_invalid: entry<{ plugin: string; method: string; path: string; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The route ${p.method} ${p.path} of "${p.plugin}" is not served: ${p.reason}.`,
    hint: () => 'Correct the route where the plugin contributes it.',
  }),
  internal_error: entry<Record<string, never>>({
    category: 'server',
    status: 500,
    message: () => 'Something went wrong inside the server.',
    hint: () => 'The log has the cause under this request id.',
  }),
};
