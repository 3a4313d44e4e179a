import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ErrorResponder } from '../http/reply.js';

/** Sends whatever a handler, guard, hook or parser threw as an error of the catalogue. */
@Catch()
export class CatalogueErrorFilter implements ExceptionFilter {
  constructor(private readonly respond: ErrorResponder) {}

  /** Answers the request with the error. */
  catch(failure: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.respond(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), failure);
  }
}
