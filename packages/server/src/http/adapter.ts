import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Socket } from 'node:net';
import { createError, type ObjectOSError } from '@objectos/spec/errors';
import type { FastifyHttpOptions, FastifyReply, FastifyRequest } from 'fastify';
import type { Server } from 'node:http';
import type { ServerConfig } from '../config.js';
import { codeOf } from './catalogue-error.js';
import { errorBody } from './error-body.js';
import type { ErrorResponder } from './reply.js';
import { requestIdOf } from './request-id.js';
import { securityHeaders } from './security-headers.js';

/** Answers a request that no controller serves. */
export type Fallback = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** What the adapter needs beside the configuration. */
export interface AdapterOptions {
  readonly respondError: ErrorResponder;
  readonly fallback: Fallback;
}

/** Nest's adapter, but errors reach our filter as they were thrown, and our fallback is the last word. */
class CatalogueAdapter extends FastifyAdapter {
  readonly #options: AdapterOptions;

  constructor(options: AdapterOptions, fastify: FastifyHttpOptions<Server>) {
    super(fastify);
    this.#options = options;
  }

  override mapException(error: unknown): unknown {
    return error;
  }

  override setNotFoundHandler(): ReturnType<FastifyAdapter['setNotFoundHandler']> {
    const { respondError, fallback } = this.#options;
    return this.getInstance().setNotFoundHandler(async (request, reply) => {
      try {
        await fallback(request, reply);
      } catch (error) {
        respondError(request, reply, error);
      }
      return reply;
    });
  }
}

/** What pages of listed origins may read of an answer. */
const EXPOSED_HEADERS = [
  ...['ETag', 'Location', 'Idempotency-Replayed', 'Preference-Applied', 'X-Request-Id'],
  ...['Content-Disposition', 'Content-Language', 'Content-Range', 'Accept-Ranges', 'Retry-After'],
  ...['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'RateLimit-Policy'],
  ...['X-Quota-Limit', 'X-Quota-Remaining', 'X-Quota-Reset'],
];

/** Makes the Fastify of the server, with every limit that Fastify and Node enforce themselves. */
export function createAdapter(config: ServerConfig, options: AdapterOptions): FastifyAdapter {
  const { limits } = config;
  const { respondError } = options;
  const headers = securityHeaders(config.publicUrl);
  const adapter = new CatalogueAdapter(options, {
    trustProxy: config.trustProxy.length === 0 ? false : [...config.trustProxy],
    bodyLimit: limits.bodyBytes,
    genReqId: requestIdOf,
    requestIdHeader: false,
    requestTimeout: limits.requestTimeoutMs,
    connectionTimeout: limits.socketTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    // While stopping, requests on open connections are still served, and the connection closed.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: limits.pathPartLength },
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersTimeoutMs,
      // Node looks for slow requests every 30 s unless told otherwise: too late for these limits.
      connectionsCheckingInterval: Math.min(5000, limits.headersTimeoutMs),
    },
    frameworkErrors: (error, request, reply) => {
      // The router refuses a URL before any hook runs.
      reply.headers(headers).header('x-request-id', request.id);
      respondError(request, reply, error);
    },
    clientErrorHandler: (error: unknown, socket: Socket) => refuseConnection(error, socket, config),
  });
  if (config.corsOrigins.length > 0) allowOrigins(adapter, config.corsOrigins, headers);
  return adapter;
}

function allowOrigins(
  adapter: FastifyAdapter,
  origins: readonly string[],
  headers: Readonly<Record<string, string>>,
): void {
  // Preflights are answered before our own hook; this one is the very first.
  adapter.setOnRequestHook((request: FastifyRequest, reply: FastifyReply, done: () => void) => {
    reply.headers(headers).header('x-request-id', request.id);
    done();
  });
  adapter.enableCors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: EXPOSED_HEADERS,
    // What a page may send is not listed: the origin is, and every header is checked where it is read.
    maxAge: 600,
  });
}

/** Answers what is not HTTP, or came too slowly: there is no request and no reply yet. */
function refuseConnection(failure: unknown, socket: Socket, config: ServerConfig): void {
  if (!socket.writable || codeOf(failure) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const error = connectionError(failure, config);
  const body = JSON.stringify(errorBody(error, 'none'));
  const headers = {
    ...securityHeaders(config.publicUrl),
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  };
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${error.status} ${error.code}\r\n${head.join('\r\n')}\r\n\r\n${body}`);
}

function connectionError(failure: unknown, { limits }: ServerConfig): ObjectOSError {
  switch (codeOf(failure)) {
    case 'HPE_HEADER_OVERFLOW':
      return createError('headers_too_large', { max: limits.headerBytes });
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return createError('request_timeout', { seconds: limits.requestTimeoutMs / 1000 });
    default:
      return createError('request_malformed', { reason: 'it cannot be parsed' });
  }
}
