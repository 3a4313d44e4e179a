import {
  defineJob,
  jobOutcome,
  type ExecutionContext,
  type JobRun,
} from '@objectos/spec/contracts';
import { exportRecords, type ExportOptions } from '@objectql/core/transfer';
import { z } from 'zod';
import { exportQuery, requireMethod } from '../data/read-request.js';
import { exportRequest } from '../data/transfer-request.js';
import type { ServerParts } from '../nest/tokens.js';
import { isFinal } from './final.js';
import type { HandlerParts } from './import-job.js';

const DAY_MS = 86_400_000;

/** Media types of exports. */
export const MEDIA_TYPES = {
  csv: 'text/csv; charset=utf-8; header=present',
  jsonl: 'application/x-ndjson; charset=utf-8',
};

/** An export in the background. `search` is the query string of the request, without the language. */
export const exportJob = defineJob(
  'data.export',
  z.strictObject({ object: z.string(), search: z.string(), locale: z.string().optional() }),
  { onBehalf: true, timeout: DAY_MS, backoff: { base: 1_000, cap: 60_000 } },
);

/** What a request asks to be exported. @throws what the query throws */
export function readExport(
  parts: ServerParts,
  { object, search }: z.output<typeof exportJob.schema>,
  ctx: ExecutionContext,
): ExportOptions {
  requireMethod(parts.snapshot(), object, 'export');
  const { settings, query } = exportRequest(search);
  const { fields, where, orderBy } = exportQuery(query, { engine: parts.engine, object, ctx });
  return { object, ...settings, columns: fields, where, orderBy };
}

/** Runs an export: the file that it makes is seen by who started it. */
export async function runExport(
  { parts, files }: HandlerParts,
  run: JobRun<z.output<typeof exportJob.schema>>,
): Promise<unknown> {
  const { payload, signal } = run;
  const ctx = { ...run.ctx, recordLocale: payload.locale };
  try {
    const options = readExport(parts, payload, ctx);
    const { object, where, limit = Infinity, format } = options;
    const { engine } = parts;
    const total = Math.min(limit, await engine.count(object, { where }, ctx));
    let records = 0;
    const onProgress = async (done: number): Promise<void> => {
      signal.throwIfAborted();
      records = done;
      await run.progress({ done, total: Math.max(done, total), errors: 0 });
    };
    const text = exportRecords(
      { engine, snapshot: parts.snapshot() },
      { ...options, onProgress },
      ctx,
    );
    const upload = { name: `${object}.${format}`, contentType: MEDIA_TYPES[format] };
    const file = await files.upload({ ...upload, body: encoded(text) }, ctx);
    const { id, name, size } = file;
    return { file: id, name, size, records, url: `/api/storage/files/${id}/content` };
  } catch (error) {
    if (isFinal(error)) return jobOutcome.fail(error);
    throw error;
  }
}

async function* encoded(text: AsyncIterable<string>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for await (const piece of text) yield encoder.encode(piece);
}
