import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { dataText } from '../data/envelope.js';
import { sendJsonText } from '../http/reply.js';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { discoveryDocument } from './document.js';

/** The discovery document, at every address where a published client looks for it. */
@Controller(['.well-known/objectstack', 'api/discovery', 'api/v1/discovery'])
export class DiscoveryController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** Where things are. */
  @Get()
  discover(@Res() reply: FastifyReply): void {
    const { compressBytes } = this.parts.config;
    sendJsonText(reply, dataText(discoveryDocument(this.parts)), compressBytes);
  }
}
