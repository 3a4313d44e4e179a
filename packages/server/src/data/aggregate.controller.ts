import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { AggregateQuery, ExecutionContext } from '@objectos/spec/contracts';
import { normalizeAggregateBody } from '@objectql/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendJsonText } from '../http/reply.js';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { DATA_PREFIXES } from './data.controller.js';
import { listText } from './envelope.js';
import { readRequest } from './record-locale.js';
import { aggregateQuery, requireMethod } from './read-request.js';

interface ObjectPath {
  readonly object: string;
}

/** Groups of records, and values computed over them. */
@Controller(DATA_PREFIXES)
export class AggregateController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** Groups, by a query in the URL. */
  @Get(':object/aggregate')
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object } = request.params as ObjectPath;
    const { engine } = this.parts;
    requireMethod(this.parts.snapshot(), object, 'aggregate');
    const { ctx, url } = readRequest(this.parts, request, reply);
    const query = aggregateQuery(url, { engine, object, ctx });
    await this.answer(object, reply, { query, ctx });
  }

  /** Groups, by a query in the body. */
  @Post(':object/aggregate')
  async post(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object } = request.params as ObjectPath;
    requireMethod(this.parts.snapshot(), object, 'aggregate');
    const query = normalizeAggregateBody(request.body, { object });
    reply.code(200);
    const { ctx } = readRequest(this.parts, request, reply);
    await this.answer(object, reply, { query, ctx });
  }

  private async answer(
    object: string,
    reply: FastifyReply,
    { query, ctx }: { readonly query: AggregateQuery; readonly ctx: ExecutionContext },
  ): Promise<void> {
    const { rows, hasMore } = await this.parts.engine.aggregate(object, query, ctx);
    const text = listText(object, { records: rows, hasMore });
    sendJsonText(reply, text, this.parts.config.compressBytes);
  }
}
