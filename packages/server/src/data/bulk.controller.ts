import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { RowResult } from '@objectos/spec/contracts';
import type { ApiMethod } from '@objectos/spec/metadata';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { toCatalogueError } from '../http/catalogue-error.js';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import {
  batchBody,
  createManyBody,
  deleteManyBody,
  updateManyBody,
  type Batch,
} from './bulk-body.js';
import { DATA_PREFIXES } from './data.controller.js';
import { dataText } from './envelope.js';
import { performWrite } from './perform-write.js';
import { requireMethod } from './read-request.js';
import { runBatch } from './run-batch.js';

/** Many records in one request. */
@Controller(DATA_PREFIXES)
export class BulkController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** Creates records, all or none, and returns them. */
  @Post(':object/createMany')
  async createMany(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const object = this.objectOf(request, 'create');
    const records = createManyBody(request.body, this.parts.config.limits.bulkRecords);
    await performWrite(this.parts, { request, reply }, async (ctx) => {
      const rows = await this.parts.engine.insertMany(object, records, ctx, { atomic: true });
      return { status: 201, text: dataText(rows.map((row) => row.record)) };
    });
  }

  /** Changes records by id. */
  @Post(':object/updateMany')
  async updateMany(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.run(
      request,
      reply,
      updateManyBody(request.body, this.parts.config.limits.bulkRecords),
    );
  }

  /** Deletes records by id. */
  @Post(':object/deleteMany')
  async deleteMany(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.run(
      request,
      reply,
      deleteManyBody(request.body, this.parts.config.limits.bulkRecords),
    );
  }

  /** Creates, changes and deletes in one request. */
  @Post(':object/batch')
  async batch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.run(request, reply, batchBody(request.body, this.parts.config.limits.batchItems));
  }

  private async run(request: FastifyRequest, reply: FastifyReply, batch: Batch): Promise<void> {
    const operations = new Set(batch.items.map((item) => item.operation));
    const object = this.objectOf(request, ...operations);
    const { engine } = this.parts;
    await performWrite(this.parts, { request, reply }, async (ctx) => {
      const rows = await runBatch(batch, { engine, object, ctx });
      return { status: 200, text: dataText(this.summary(batch, rows)) };
    });
  }

  private summary({ operation, options }: Batch, rows: readonly RowResult[]) {
    const succeeded = rows.filter((row) => row.success).length;
    return {
      success: succeeded === rows.length,
      operation,
      total: rows.length,
      succeeded,
      failed: rows.length - succeeded,
      results: rows.map((row) => ({
        id: row.id,
        success: row.success,
        index: row.index,
        ...(row.success ? {} : { errors: [this.problem(row.error)] }),
        ...(options.returnRecords && row.record !== undefined ? { data: row.record } : {}),
      })),
    };
  }

  private problem(failure: unknown) {
    const error = toCatalogueError(failure, this.parts.config.limits);
    if (error.status >= 500) {
      this.parts.logger.error({ code: error.code, error: failure }, 'an item of a batch failed');
    }
    const { code, message, hint, fieldErrors } = error;
    return { code, message, hint, fieldErrors };
  }

  private objectOf(request: FastifyRequest, ...methods: readonly ApiMethod[]): string {
    const { object } = request.params as { readonly object: string };
    requireMethod(this.parts.snapshot(), object, 'bulk', ...methods);
    return object;
  }
}
