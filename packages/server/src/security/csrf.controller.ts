import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { dataText } from '../data/envelope.js';
import { sendJsonText } from '../http/reply.js';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { CSRF_HEADER } from './cross-site.js';

/** The token by which a client that has a cookie and sends no origin proves that it can read our answers. */
@Controller('api/csrf-token')
export class CsrfController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** `token` is null for who came without a cookie, and needs none. */
  @Get()
  token(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const token = this.parts.crossSite.tokenOf(request.headers) ?? null;
    sendJsonText(reply, dataText({ header: CSRF_HEADER, token }), this.parts.config.compressBytes);
  }
}
