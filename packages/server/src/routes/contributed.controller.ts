import { All, Controller, Inject, Req, Res } from '@nestjs/common';
import type { RouteContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf } from '../http/reply.js';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import type { MatchedRoute } from './route-table.js';
import { abortOnDisconnect, toWebRequest } from './web-request.js';

/**
 * Everything that no other controller serves: the routes that plugins contributed, which come and
 * go while the server runs, and behind them the catalogue's 404.
 */
@Controller()
export class ContributedController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** Runs the contributed route that the request hook found. */
  @All('*')
  async serve(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const state = request.objectos;
    if (state?.access !== 'granted' || state.route === undefined) throw notFound(request);
    const { route, context } = state;
    const response = await this.run(request, reply, { ...context, params: route.params }, route);
    await reply.send(response);
  }

  private async run(
    request: FastifyRequest,
    reply: FastifyReply,
    context: RouteContext,
    { route }: MatchedRoute,
  ): Promise<Response> {
    const controller = new AbortController();
    abortOnDisconnect(reply, controller);
    const webRequest = toWebRequest(request, {
      origin: this.parts.origin(),
      signal: controller.signal,
    });
    const { deadlineMs } = this.parts.config.limits;
    let timer: NodeJS.Timeout | undefined;
    const expired = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(createError('deadline_exceeded', { operation: `${route.method} ${route.path}` }));
        controller.abort();
      }, deadlineMs);
    });
    try {
      return await Promise.race([route.handler(webRequest, context), expired]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** The catalogue's 404 for a path that nothing serves. */
export function notFound(request: FastifyRequest): Error {
  const path = pathOf(request.raw.url).slice(0, 200);
  return createError('endpoint_not_found', { method: request.method, path });
}
