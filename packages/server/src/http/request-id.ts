import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const SANE = /^[A-Za-z0-9._:-]{1,64}$/;
const prefix = randomBytes(6).toString('base64url');
let counter = 0;

/**
 * The id of a request: the client's own `X-Request-Id` when it is harmless in logs and headers,
 * else a new one, unique over processes. It is no secret and need not be hard to guess.
 */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  if (typeof given === 'string' && SANE.test(given)) return given;
  counter += 1;
  return `${prefix}-${counter.toString(36)}`;
}
