import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import type { OnceAccess } from '@objectos/spec/contracts';
import { crossBatchBody, type CrossOperation } from './cross-batch-body.js';
import { dataText } from './envelope.js';
import { performWrite } from './perform-write.js';
import { nestedAccess, requireMethod } from './read-request.js';
import { runCrossBatch } from './run-cross-batch.js';

/** Writes on several objects in one request, and in one transaction. */
@Controller(['api/batch', 'api/v1/batch'])
export class CrossBatchController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** Runs operations in order, all or none; later ones may refer to the records of earlier ones. */
  @Post()
  async batch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { config, engine } = this.parts;
    const operations = crossBatchBody(request.body, config.limits.batchItems);
    this.parts.rates.charge(request, operations.length - 1);
    const snapshot = this.parts.snapshot();
    const nested = operations.flatMap(({ object, action, data }) => {
      requireMethod(snapshot, object, 'bulk', action);
      return nestedAccess(snapshot, object, [data]);
    });
    await performWrite(
      this.parts,
      { request, reply, access: [...accessOf(operations), ...nested] },
      async (ctx) => ({
        status: 200,
        text: dataText({ results: await runCrossBatch(operations, engine, ctx) }),
      }),
    );
  }
}

function accessOf(operations: readonly CrossOperation[]): OnceAccess[] {
  return operations.map(({ object, action }) => ({
    object,
    operations: action === 'upsert' ? (['create', 'update'] as const) : [action],
  }));
}
