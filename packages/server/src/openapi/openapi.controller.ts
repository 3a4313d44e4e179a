import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isCurrent } from '../data/preconditions.js';
import { sendJsonText } from '../http/reply.js';
import { contextOf } from '../http/request-state.js';
import { REVALIDATE } from '../http/security-headers.js';
import { metadataTag } from '../metadata/reply.js';
import { metadataReader } from '../metadata/visibility.js';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { openApiDocument } from './document.js';

/** Readers of different rights that are remembered; the document of a large application is megabytes. */
const MAX_REMEMBERED = 8;

/** The API, described for programs. */
@Controller('api/openapi.json')
export class OpenApiController {
  private readonly remembered = new Map<string, string>();

  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** The OpenAPI document of what the caller may use. */
  @Get()
  document(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const tag = metadataTag(this.parts.snapshot().version, contextOf(request).principal);
    reply.header('etag', tag).header('cache-control', REVALIDATE);
    if (isCurrent(request.headers['if-none-match'], tag)) {
      void reply.code(304).send();
      return;
    }
    sendJsonText(reply, this.textFor(request, tag), this.parts.config.compressBytes);
  }

  private textFor(request: FastifyRequest, tag: string): string {
    const known = this.remembered.get(tag);
    if (known !== undefined) return known;
    const snapshot = this.parts.snapshot();
    const reader = metadataReader(snapshot, this.parts.engine, contextOf(request));
    const info = { title: this.parts.config.name, version: snapshot.version };
    const text = JSON.stringify(openApiDocument(reader.objects(), info));
    if (this.remembered.size >= MAX_REMEMBERED) this.remembered.clear();
    this.remembered.set(tag, text);
    return text;
  }
}
