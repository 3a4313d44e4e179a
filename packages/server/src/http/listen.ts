import { createError } from '@objectos/spec/errors';
import type { FastifyInstance } from 'fastify';
import type { ServerConfig } from '../config.js';
import { codeOf } from './catalogue-error.js';

/** How often connections are looked through while the server stops. */
const CLOSE_IDLE_MS = 50;

/**
 * Starts listening. Answers with the URL that programs of this machine can use.
 *
 * @throws `port_in_use`, `listen_failed`
 */
export async function listen(fastify: FastifyInstance, config: ServerConfig): Promise<string> {
  const { host, port, limits } = config;
  fastify.server.maxConnections = limits.connections;
  try {
    await fastify.listen({ host, port });
  } catch (error) {
    if (codeOf(error) === 'EADDRINUSE')
      throw createError('port_in_use', { host, port }, { cause: error });
    const reason = codeOf(error) ?? 'unknown reason';
    throw createError('listen_failed', { host, port, reason }, { cause: error });
  }
  const address = fastify.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${urlHost(host)}:${bound}`;
}

function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Stops listening, lets requests under way finish, and cuts what is left when the time is over.
 */
export async function stopListening(fastify: FastifyInstance, stopMs: number): Promise<void> {
  const timer = setTimeout(() => fastify.server.closeAllConnections(), stopMs);
  // A response that ends meanwhile leaves its connection open for the next request.
  const idle = setInterval(() => fastify.server.closeIdleConnections(), CLOSE_IDLE_MS);
  try {
    await fastify.close();
  } finally {
    clearTimeout(timer);
    clearInterval(idle);
  }
}
