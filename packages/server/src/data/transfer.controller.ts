import { Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import type { ExecutionContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import {
  exportRecords,
  importRecords,
  type ImportFailure,
  type ImportOptions,
  type ImportProgress,
  type ImportReport,
} from '@objectql/core/transfer';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Readable } from 'node:stream';
import { MEDIA_TYPES, readExport } from '../background/export-job.js';
import { TOLD_FAILURES } from '../background/import-job.js';
import { sendJsonText } from '../http/reply.js';
import { SERVER_PARTS, type ServerParts } from '../nest/tokens.js';
import { problem } from './batch-summary.js';
import { DATA_PREFIXES } from './data.controller.js';
import { dataText } from './envelope.js';
import { readPreferences } from './preferences.js';
import { readRequest, writeRequest } from './record-locale.js';
import { queryText, requireMethod } from './read-request.js';
import { withSpooled } from './spool.js';
import { importRequest } from './transfer-request.js';

const LINES = 'application/x-ndjson';

/** Whole files of records, in and out, as streams. */
@Controller(DATA_PREFIXES)
export class TransferController {
  constructor(@Inject(SERVER_PARTS) private readonly parts: ServerParts) {}

  /** Sends all records that match as CSV or JSON Lines. */
  @Get(':object/export')
  async export(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object } = request.params as { readonly object: string };
    const { engine } = this.parts;
    const snapshot = this.parts.snapshot();
    const { ctx: asking, url } = readRequest(this.parts, request, reply);
    const ctx = this.patient(asking);
    const search = queryText(url);
    const background = this.parts.background();
    // The file would be one that a narrowed API key may not fetch.
    const isNarrow = ctx.principal.kind === 'user' && ctx.principal.restriction !== undefined;
    const { async: later } = readPreferences(request.headers.prefer);
    if (background !== undefined && later && !isNarrow) {
      await background.accept(reply, await background.export(object, search, ctx));
      return;
    }
    const options = readExport(this.parts, { object, search }, ctx);
    const text = exportRecords({ engine, snapshot }, options, ctx);
    // A refusal comes with the first page, and is answered like any other.
    const first = await text.next();
    reply.header('content-type', MEDIA_TYPES[options.format]);
    reply.header('content-disposition', `attachment; filename="${object}.${options.format}"`);
    await reply.send(Readable.from(continued(first, text)));
  }

  /** Reads a file of records; the body is the file itself. */
  @Post(':object/import')
  async import(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { object } = request.params as { readonly object: string };
    requireMethod(this.parts.snapshot(), object, 'import');
    if (request.headers['idempotency-key'] !== undefined) {
      throw createError('option_not_supported', { option: 'Idempotency-Key' });
    }
    const { ctx: asking, url } = writeRequest(request, reply);
    const settings = importRequest(request, queryText(url));
    const { dryRun, async: later } = readPreferences(request.headers.prefer);
    const options = { ...settings, object, dryRun: settings.dryRun === true || dryRun };
    if (dryRun) reply.header('preference-applied', 'dry-run');
    const ctx = this.patient(asking);
    const body = request.body instanceof Readable ? request.body : Readable.from([]);
    const background = this.parts.background();
    if (background !== undefined && later) {
      await background.accept(reply, await background.import(body, options, ctx));
      return;
    }
    const max = this.parts.config.limits.importBytes;
    await withSpooled(body, max, (bytes) =>
      request.headers.accept?.includes(LINES) === true
        ? this.sendLines(reply, bytes, options, ctx)
        : this.sendReport(reply, bytes, options, ctx),
    );
  }

  private async sendReport(
    reply: FastifyReply,
    bytes: AsyncIterable<Uint8Array>,
    options: ImportOptions,
    ctx: ExecutionContext,
  ): Promise<void> {
    const failures: unknown[] = [];
    const onFailure = (failure: ImportFailure) => {
      if (failures.length < TOLD_FAILURES) failures.push(this.told(failure));
    };
    const report = await this.run(bytes, { ...options, onFailure }, ctx);
    reply.code(200);
    sendJsonText(reply, dataText({ ...report, failures }), this.parts.config.compressBytes);
  }

  /** Progress and failures as they come, one JSON value a line; the last is the report, or the error. */
  private async sendLines(
    reply: FastifyReply,
    bytes: AsyncIterable<Uint8Array>,
    options: ImportOptions,
    ctx: ExecutionContext,
  ): Promise<void> {
    const lines = new Readable({ read: () => undefined });
    const tell = (line: unknown) => void lines.push(`${JSON.stringify(line)}\n`);
    reply.code(200).header('content-type', MEDIA_TYPES.jsonl);
    const sent = reply.send(lines);
    try {
      const report = await this.run(
        bytes,
        {
          ...options,
          onProgress: (progress: ImportProgress) => tell({ progress }),
          onFailure: (failure) => tell({ failure: this.told(failure) }),
        },
        ctx,
      );
      tell({ report });
    } catch (error) {
      tell({ error: problem(this.parts, error) });
    }
    lines.push(null);
    await sent;
  }

  private run(
    bytes: AsyncIterable<Uint8Array>,
    options: ImportOptions,
    ctx: ExecutionContext,
  ): Promise<ImportReport> {
    const { engine } = this.parts;
    return importRecords({ engine, snapshot: this.parts.snapshot() }, bytes, options, ctx);
  }

  private told({ row, line, error }: ImportFailure) {
    return { row, line, ...problem(this.parts, error) };
  }

  /** Files take longer than other requests. */
  private patient(ctx: ExecutionContext): ExecutionContext {
    return { ...ctx, deadline: Date.now() + this.parts.config.limits.transferMs };
  }
}

async function* continued(
  first: IteratorResult<string>,
  rest: AsyncIterable<string>,
): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
