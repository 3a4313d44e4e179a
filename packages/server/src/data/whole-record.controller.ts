import { Controller, Inject, Post, Req, Res } from '@nestjs/common';
import type { ApiMethod } from '@objectos/spec/metadata';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { parse } from './bulk-body.js';
import { conditionOf, recordAnswer } from './conditions.js';
import { DATA_PREFIXES } from './data.controller.js';
import { dataText } from './envelope.js';
import { accessTo, performWrite } from './perform-write.js';
import { recordTag } from './preconditions.js';
import { writeRequest } from './record-locale.js';
import { keyFields, nestedAccess, recordBody, requireId, requireMethod } from './read-request.js';

const cloneSchema = z
  .strictObject({
    overrides: z.record(z.string(), z.unknown()).default({}),
    children: z.union([z.literal(true), z.array(z.string().max(130)).max(50)]).default([]),
  })
  .prefault({});

interface RecordPath {
  readonly object: string;
  readonly id: string;
}

/** What happens to whole records beside create, change and delete. */
@Controller(DATA_PREFIXES)
export class WholeRecordController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** Creates the record, or changes the one with the same key: `?by=email`. 201 or 200. */
  @Post(':object/upsert')
  async upsert(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object } = request.params as RecordPath;
    requireMethod(this.parts.snapshot(), object, 'upsert');
    const by = keyFields(writeRequest(request, reply).url);
    const data = recordBody(request.body);
    const nested = nestedAccess(this.parts.snapshot(), object, [data]);
    await performWrite(
      this.parts,
      { request, reply, access: [...accessTo(object, 'create', 'update'), ...nested] },
      async (ctx) => {
        const { record, created } = await this.parts.engine.upsert(object, data, ctx, { by });
        return recordAnswer(created ? 201 : 200, object, record);
      },
    );
  }

  /** Copies a record, with the children that were asked for. */
  @Post(':object/:id/clone')
  async clone(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object, id: sourceId } = this.target(request, 'clone');
    const options = parse(cloneSchema, request.body);
    await performWrite(
      this.parts,
      { request, reply, access: accessTo(object, 'create') },
      async (ctx) => {
        const record = await this.parts.engine.clone(object, sourceId, ctx, options);
        const text = dataText({ object, id: record['id'], sourceId, record });
        return { status: 201, text, etag: recordTag(record) };
      },
    );
  }

  /** Deletes a record for good, whether it is in the trash or not. */
  @Post(':object/:id/purge')
  async purge(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object, id } = this.target(request, 'purge');
    const options = { ifRevision: conditionOf(request) };
    await performWrite(
      this.parts,
      { request, reply, access: accessTo(object, 'purge') },
      async (ctx) => {
        await this.parts.engine.purge(object, id, ctx, options);
        return { status: 200, text: dataText({ object, id, purged: true }) };
      },
    );
  }

  private target(request: FastifyRequest, method: ApiMethod): RecordPath {
    const { object, id } = request.params as RecordPath;
    requireMethod(this.parts.snapshot(), object, method);
    requireId(object, id);
    return { object, id };
  }
}
