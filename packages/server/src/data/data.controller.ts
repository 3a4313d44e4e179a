import { Controller, Delete, Get, Inject, Patch, Post, Put, Req, Res } from '@nestjs/common';
import type { ExecutionContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { ApiMethod } from '@objectos/spec/metadata';
import { normalizeReadBody, type ReadRequest } from '@objectql/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendJsonText } from '../http/reply.js';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { basis, conditionOf, recordAnswer } from './conditions.js';
import { deletedText, listText, recordText } from './envelope.js';
import { accessTo, performWrite } from './perform-write.js';
import { isCurrent, recordTag } from './preconditions.js';
import { readRequest } from './record-locale.js';
import {
  listRequest,
  nestedAccess,
  recordBody,
  recordSelection,
  requireId,
  requireMethod,
} from './read-request.js';

/** Both prefixes serve the same; only a conditional GET is ours alone (`/api/v1` never answers 304). */
export const DATA_PREFIXES = ['api/data', 'api/v1/data'];
const PUBLISHED_PREFIX = '/api/v1/';

interface ObjectPath {
  readonly object: string;
}

interface RecordPath extends ObjectPath {
  readonly id: string;
}

/**
 * Records over REST. Each method reads the request, calls the engine once, and writes the answer:
 * permission, validation and everything else happen in the engine, for all surfaces alike.
 */
@Controller(DATA_PREFIXES)
export class DataController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** A page of records. */
  @Get(':object')
  async list(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object } = request.params as ObjectPath;
    const { engine } = this.parts;
    requireMethod(this.parts.snapshot(), object, 'list');
    const { ctx, url } = readRequest(this.parts, request, reply);
    const read = listRequest(url, { engine, object, ctx });
    this.send(reply, await this.read(object, read, ctx));
  }

  /** A page of records, by a query in the body. */
  @Post(':object/query')
  async query(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object } = request.params as ObjectPath;
    requireMethod(this.parts.snapshot(), object, 'list');
    const read = normalizeReadBody(request.body, { object });
    const text = await this.read(object, read, readRequest(this.parts, request, reply).ctx);
    reply.code(200);
    this.send(reply, text);
  }

  /** One record. */
  @Get(':object/:id')
  async get(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object, id } = request.params as RecordPath;
    requireMethod(this.parts.snapshot(), object, 'get');
    requireId(object, id);
    const { ctx, url } = readRequest(this.parts, request, reply);
    const selection = recordSelection(url);
    const record = await this.parts.engine.get(object, id, ctx, selection);
    const tag = recordTag(record);
    if (tag !== undefined) reply.header('etag', tag);
    // A narrowed or expanded answer, or one in a language, is another representation than the one the
    // revision stands for.
    const isWhole = selection === undefined && ctx.recordLocale === undefined;
    if (isWhole && isConditional(request) && isCurrent(request.headers['if-none-match'], tag)) {
      await reply.code(304).send();
      return;
    }
    this.send(reply, recordText(object, record));
  }

  /** Creates a record. */
  @Post(':object')
  async create(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object } = request.params as ObjectPath;
    requireMethod(this.parts.snapshot(), object, 'create');
    const data = recordBody(request.body);
    const nested = nestedAccess(this.parts.snapshot(), object, [data]);
    await performWrite(
      this.parts,
      { request, reply, access: [...accessTo(object, 'create'), ...nested] },
      async (ctx) => recordAnswer(201, object, await this.parts.engine.insert(object, data, ctx)),
    );
  }

  /** Changes the fields that the body names. A body with the record's `id` is a whole record. */
  @Patch(':object/:id')
  async update(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { id } = recordBody(request.body);
    await this.write(request, reply, id !== undefined);
  }

  /** The same for clients that send PUT: the body is a whole record. Fields left out stay as they are. */
  @Put(':object/:id')
  async replace(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.write(request, reply, true);
  }

  /** Deletes a record, into the trash where the object keeps one. */
  @Delete(':object/:id')
  async remove(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object, id } = this.target(request, 'delete');
    const options = { ifRevision: conditionOf(request) };
    await performWrite(
      this.parts,
      { request, reply, access: accessTo(object, 'delete') },
      async (ctx) => {
        await this.parts.engine.delete(object, id, ctx, options);
        return { status: 200, text: deletedText(object, id) };
      },
    );
  }

  /** Takes a record out of the trash. */
  @Post(':object/:id/restore')
  async restore(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object, id } = this.target(request, 'restore');
    const options = { ifRevision: conditionOf(request) };
    await performWrite(
      this.parts,
      { request, reply, access: accessTo(object, 'restore') },
      async (ctx) =>
        recordAnswer(200, object, await this.parts.engine.restore(object, id, ctx, options)),
    );
  }

  /** Records, or groups of them for the clients that ask for both in one place. */
  private async read(object: string, read: ReadRequest, ctx: ExecutionContext): Promise<string> {
    const { engine } = this.parts;
    if (read.kind === 'list') return listText(object, await engine.find(object, read.query, ctx));
    requireMethod(this.parts.snapshot(), object, 'aggregate');
    const { rows, hasMore } = await engine.aggregate(object, read.query, ctx);
    return listText(object, { records: rows, hasMore });
  }

  private async write(request: FastifyRequest, reply: FastifyReply, wholeRecord: boolean) {
    const { object, id } = this.target(request, 'update');
    const { id: bodyId, ...data } = recordBody(request.body);
    if (bodyId !== undefined && bodyId !== id) throw createError('id_mismatch', { path: id });
    const options = { wholeRecord, ...basis(request, wholeRecord ? data : {}) };
    const nested = nestedAccess(this.parts.snapshot(), object, [data]);
    await performWrite(
      this.parts,
      { request, reply, access: [...accessTo(object, 'update'), ...nested] },
      async (ctx) =>
        recordAnswer(200, object, await this.parts.engine.update(object, id, data, ctx, options)),
    );
  }

  private target(request: FastifyRequest, method: ApiMethod): RecordPath {
    const { object, id } = request.params as RecordPath;
    requireMethod(this.parts.snapshot(), object, method);
    requireId(object, id);
    return { object, id };
  }

  private send(reply: FastifyReply, text: string): void {
    sendJsonText(reply, text, this.parts.config.compressBytes);
  }
}

function isConditional(request: FastifyRequest): boolean {
  return (
    request.headers['if-none-match'] !== undefined &&
    request.raw.url?.startsWith(PUBLISHED_PREFIX) === false
  );
}
