import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { contextOf } from '../http/request-state.js';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { parameters, sendMetadata } from './reply.js';
import { openingView, readViewKind, type ViewKind } from './views.js';
import { metadataReader } from './visibility.js';

/** Where the published clients ask for the view of an object: older ones by parameter, newer by path. */
@Controller('api/v1/ui/view')
export class UiController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** `?type=list` or `?type=form`. */
  @Get(':object')
  byParameter(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { object } = request.params as { readonly object: string };
    const kind = readViewKind(parameters(request, ['type']).get('type'));
    this.send(request, reply, { object, kind });
  }

  /** `/list` or `/form`. */
  @Get(':object/:type')
  byPath(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const { object, type } = request.params as { readonly object: string; readonly type: string };
    parameters(request, []);
    this.send(request, reply, { object, kind: readViewKind(type) });
  }

  private send(
    request: FastifyRequest,
    reply: FastifyReply,
    asked: { readonly object: string; readonly kind: ViewKind },
  ): void {
    const { object, kind } = asked;
    const reader = metadataReader(this.parts.snapshot(), this.parts.engine, contextOf(request));
    const view = openingView(reader, object, kind);
    sendMetadata(this.parts, { request, reply }, () => ({
      object,
      type: kind,
      [kind]: view,
      view,
    }));
  }
}
