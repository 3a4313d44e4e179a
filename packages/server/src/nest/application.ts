import 'reflect-metadata';
import compress from '@fastify/compress';
import { NestFactory } from '@nestjs/core';
import type { PluginContext } from '@objectos/spec/contracts';
import type { FastifyInstance } from 'fastify';
import { createAdapter } from '../http/adapter.js';
import { installBodyParsers } from '../http/body-parser.js';
import { installDrainHeader } from '../http/drain.js';
import { installRequestLog } from '../http/request-log.js';
import { installRequestHook, type RequestHookOptions } from '../http/request-hook.js';
import { securityHeaders } from '../http/security-headers.js';
import type { RouteTable } from '../routes/route-table.js';
import { installStreamedRoutes, serveContributed } from '../routes/serve-contributed.js';
import type { Authenticate } from '../security/authentication.js';
import { nestLogger } from './logger.js';
import { ServerModule } from './module.js';
import type { ServerParts } from './tokens.js';

/** What the application is made of. */
export interface ApplicationOptions {
  readonly parts: ServerParts;
  readonly authenticate: Authenticate;
  readonly routes: () => RouteTable;
  readonly runInContext: PluginContext['runInContext'];
  readonly observers: RequestHookOptions['observers'];
}

/** Builds the Nest application, ready to listen or to be injected into. */
export async function createApplication(options: ApplicationOptions): Promise<FastifyInstance> {
  const { parts, authenticate, routes, observers } = options;
  const { config } = parts;
  const { deadlineMs, transferMs } = config.limits;
  const { runInContext } = options;
  const contributed = { origin: parts.origin, deadlineMs, transferMs, runInContext };
  const adapter = createAdapter(config, {
    respondError: parts.respondError,
    fallback: (request, reply) => serveContributed(request, reply, contributed),
  });
  const fastify = adapter.getInstance();
  installRequestHook(fastify, {
    limits: config.limits,
    defaultLocale: config.defaultLocale,
    authenticate,
    routes,
    observers,
    headers: securityHeaders(config.publicUrl),
    rates: parts.rates,
    quota: parts.quota,
    elevation: parts.elevation,
    crossSite: parts.crossSite,
  });
  installRequestLog(fastify, parts.logger, config);
  installDrainHeader(fastify, parts.readiness);
  installStreamedRoutes(fastify, contributed, parts.respondError);
  installBodyParsers(fastify, config.limits);
  await fastify.register(compress, { global: false, threshold: config.compressBytes });
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest takes an object literal; its documentation does the same
  const nest = await NestFactory.create(ServerModule.of(parts), adapter, {
    bodyParser: false,
    logger: nestLogger(parts.logger),
    abortOnError: false,
  });
  await nest.init();
  await fastify.ready();
  return fastify;
}
