import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { AccessOperation, ExecutionContext, RowResult } from '@objectos/spec/contracts';
import type { ApiMethod } from '@objectos/spec/metadata';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { batchSummary } from './batch-summary.js';
import {
  batchBody,
  createManyBody,
  deleteManyBody,
  updateManyBody,
  upsertManyBody,
  type Batch,
  type BatchItem,
  type BatchOptions,
} from './bulk-body.js';
import { DATA_PREFIXES } from './data.controller.js';
import { dataText } from './envelope.js';
import { filterDelete, filterUpdate, isFilterBody, trashFilter } from './filter-body.js';
import { accessTo, performWrite, type WriteCall } from './perform-write.js';
import { nestedAccess, requireMethod } from './read-request.js';
import { bulkCost } from '../rates/bulk-cost.js';
import { runBatch } from './run-batch.js';

type Rows = (ctx: ExecutionContext) => Promise<RowResult[]>;

/** Many records in one request. */
@Controller(DATA_PREFIXES)
export class BulkController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** Creates records, all or none, and returns them. */
  @Post(':object/createMany')
  async createMany(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const object = this.objectOf(request, 'create');
    const records = createManyBody(request.body, this.limits.bulkRecords);
    this.parts.rates.charge(request, bulkCost(records.length));
    const access = [
      ...accessTo(object, 'create'),
      ...nestedAccess(this.parts.snapshot(), object, records),
    ];
    await performWrite(this.parts, { request, reply, access }, async (ctx) => {
      const rows = await this.parts.engine.insertMany(object, records, ctx, { atomic: true });
      return { status: 201, text: dataText(rows.map((row) => row.record)) };
    });
  }

  /** Changes records by id, each in its own way, or all that match a filter in the same way. */
  @Post(':object/updateMany')
  async updateMany(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!isFilterBody(request.body)) {
      return this.runMany(request, reply, updateManyBody(request.body, this.limits.bulkRecords));
    }
    const object = this.objectOf(request, 'update');
    const write = filterUpdate(request.body, object, this.limits.matchedRecords);
    const { where, data, expected, max, options } = write;
    const access = [
      ...accessTo(object, 'update'),
      ...nestedAccess(this.parts.snapshot(), object, [data]),
    ];
    const http = { request, reply, access };
    await this.answerMatched(http, { operation: 'update', options }, (ctx) =>
      this.parts.engine.updateWhere(object, where, data, ctx, { ...options, expected, max }),
    );
  }

  /** Deletes records by id, or all that match a filter. */
  @Post(':object/deleteMany')
  async deleteMany(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!isFilterBody(request.body)) {
      return this.runMany(request, reply, deleteManyBody(request.body, this.limits.bulkRecords));
    }
    const object = this.objectOf(request, 'delete');
    const write = filterDelete(request.body, object, this.limits.matchedRecords);
    const { where, expected, max, options } = write;
    const http = { request, reply, access: accessTo(object, 'delete') };
    await this.answerMatched(http, { operation: 'delete', options }, (ctx) =>
      this.parts.engine.deleteWhere(object, where, ctx, { ...options, expected, max }),
    );
  }

  /** Creates records, or changes the ones that have the same key. */
  @Post(':object/upsertMany')
  async upsertMany(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.runMany(request, reply, upsertManyBody(request.body, this.limits.bulkRecords));
  }

  /** Deletes for good what is in the trash, or what of it matches a filter. */
  @Post(':object/emptyTrash')
  async emptyTrash(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const object = this.objectOf(request, 'purge');
    const write = trashFilter(request.body, object, this.limits.matchedRecords);
    const { where, expected, max, options } = write;
    const http = { request, reply, access: accessTo(object, 'purge') };
    await this.answerMatched(http, { operation: 'purge', options }, (ctx) =>
      this.parts.engine.emptyTrash(object, where, ctx, { ...options, expected, max }),
    );
  }

  /** Creates, changes and deletes in one request. */
  @Post(':object/batch')
  async batch(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const batch = batchBody(request.body, this.limits.batchItems);
    this.parts.rates.charge(request, batch.items.length - 1);
    await this.run(request, reply, batch);
  }

  private get limits() {
    return this.parts.config.limits;
  }

  private async runMany(request: FastifyRequest, reply: FastifyReply, batch: Batch): Promise<void> {
    this.parts.rates.charge(request, bulkCost(batch.items.length));
    await this.run(request, reply, batch);
  }

  private async run(request: FastifyRequest, reply: FastifyReply, batch: Batch): Promise<void> {
    const operations = new Set(batch.items.map((item) => item.operation));
    const object = this.objectOf(request, ...operations);
    const { engine } = this.parts;
    const records = batch.items.map((item) => item.data);
    const access = [
      ...accessTo(object, ...[...operations].flatMap(accessOperations)),
      ...nestedAccess(this.parts.snapshot(), object, records),
    ];
    await this.answer({ request, reply, access }, batch, (ctx) =>
      runBatch(batch, { engine, object, ctx }),
    );
  }

  /** How many records match is known, and counted, when they were found. */
  private async answerMatched(
    http: WriteCall,
    batch: { readonly operation: string; readonly options: BatchOptions },
    rows: Rows,
  ): Promise<void> {
    await this.answer(http, batch, async (ctx) => {
      const matched = await rows(ctx);
      this.parts.rates.add(http.request, bulkCost(matched.length));
      return matched;
    });
  }

  private async answer(
    http: WriteCall,
    batch: { readonly operation: string; readonly options: BatchOptions },
    rows: Rows,
  ): Promise<void> {
    const work = batch.options.validateOnly ? this.undone(rows) : rows;
    await performWrite(this.parts, http, async (ctx) => ({
      status: 200,
      text: dataText(batchSummary(this.parts, batch, await work(ctx))),
    }));
  }

  /** `validateOnly` of the published clients: the results of a rehearsal, in the shape of the real ones. */
  private undone(rows: Rows): Rows {
    return async (ctx) => {
      const { outcome } = await this.parts.engine.rehearse(ctx, rows);
      if (outcome.ok) return outcome.result;
      throw outcome.error;
    };
  }

  private objectOf(request: FastifyRequest, ...methods: readonly ApiMethod[]): string {
    const { object } = request.params as { readonly object: string };
    requireMethod(this.parts.snapshot(), object, 'bulk', ...methods);
    return object;
  }
}

function accessOperations(operation: BatchItem['operation']): AccessOperation[] {
  return operation === 'upsert' ? ['create', 'update'] : [operation];
}
