import {
  acceptedHeaders,
  shownWork,
  type Disposer,
  type ExecutionContext,
  type JobDefinition,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { exportRecords, type ImportOptions } from '@objectql/core/transfer';
import type { FastifyReply } from 'fastify';
import { dataText } from '../data/envelope.js';
import { limited } from '../data/spool.js';
import { exportJob, readExport, runExport } from './export-job.js';
import { importJob, keeping, runImport, type HandlerParts } from './import-job.js';

/** Work that goes on after its request was answered. */
export interface Background {
  /** Stores the body, and has it imported. @throws what storing a file throws */
  import(
    body: AsyncIterable<Uint8Array>,
    options: Omit<ImportOptions, 'onProgress' | 'onFailure' | 'onChunk'>,
    ctx: ExecutionContext,
  ): Promise<string>;
  /** Has records exported into a file. @throws what the query throws */
  export(object: string, search: string, ctx: ExecutionContext): Promise<string>;
  /** Answers 202: accepted, and where to look how far it is. */
  accept(reply: FastifyReply, id: string): Promise<void>;
}

/** Makes background work, and lets this process do what others accepted. */
export function createBackground(
  handler: HandlerParts,
): Background & { readonly dispose: () => void } {
  const { parts, jobs, files } = handler;
  const disposers: Disposer[] = [
    jobs.handle(importJob, (run) => runImport(handler, run)),
    jobs.handle(exportJob, (run) => runExport(handler, run)),
  ];

  async function enqueue<P>(job: JobDefinition<P>, payload: P, ctx: ExecutionContext) {
    return (await jobs.enqueue(job, payload, ctx)).id;
  }

  return {
    async import(body, { object, ...options }, ctx) {
      // Who may not even see the object is told so now.
      parts.engine.readableFields(object, ctx);
      const max = parts.config.limits.importBytes;
      const { format } = options;
      const contentType = format === 'csv' ? 'text/csv' : 'application/x-ndjson';
      const upload = { name: `${object}.${format}`, contentType, body: limited(max)(body) };
      const { id: file } = await files.upload(upload, keeping(ctx));
      const { key, ...rest } = options;
      const given = { ...rest, ...(key === undefined ? {} : { key: [...key] }) };
      return enqueue(importJob, { object, file, options: given, ...languageOf(ctx) }, ctx);
    },
    async export(object, search, ctx) {
      const asked = { object, search, ...languageOf(ctx) };
      // A refusal comes with the first page, and is answered like any other.
      const { engine } = parts;
      const options = readExport(parts, asked, ctx);
      const text = exportRecords({ engine, snapshot: parts.snapshot() }, options, ctx);
      await text.next();
      await text.return(undefined);
      return enqueue(exportJob, asked, ctx);
    },
    async accept(reply, id) {
      const job = await jobs.get(id);
      if (job === undefined) throw createError('job_not_found', { id });
      reply.code(202).headers(acceptedHeaders(id)).type('application/json; charset=utf-8');
      await reply.send(dataText(shownWork(job)));
    },
    dispose: () => {
      for (const dispose of disposers) void dispose();
    },
  };
}

/** The language of records is the request's, so that the job has to be told it. */
function languageOf({ recordLocale }: ExecutionContext): { readonly locale?: string } {
  return recordLocale === undefined ? {} : { locale: recordLocale };
}
