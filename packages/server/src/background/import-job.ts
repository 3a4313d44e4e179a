import {
  defineJob,
  jobOutcome,
  systemContext,
  type ExecutionContext,
  type FilesService,
  type JobRun,
  type JobsService,
} from '@objectos/spec/contracts';
import {
  countRows,
  importRecords,
  TRANSFER_FORMATS,
  type ImportChunk,
  type ImportProgress,
} from '@objectql/core/transfer';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeReadableStream } from 'node:stream/web';
import { z } from 'zod';
import { problem } from '../data/batch-summary.js';
import { requireMethod } from '../data/read-request.js';
import type { ServerParts } from '../nest/tokens.js';
import { isFinal } from './final.js';

const DAY_MS = 86_400_000;
/** Failures that are kept; the others are counted. */
export const TOLD_FAILURES = 1_000;

/** An import in the background, of a file that was stored for it. */
export const importJob = defineJob(
  'data.import',
  z.strictObject({
    object: z.string(),
    file: z.string(),
    locale: z.string().optional(),
    options: z.strictObject({
      format: z.enum(TRANSFER_FORMATS),
      delimiter: z.string().optional(),
      mapping: z.record(z.string(), z.string().nullable()).optional(),
      key: z.array(z.string()).optional(),
      mode: z.enum(['insert', 'update', 'upsert']).optional(),
      clearEmpty: z.boolean().optional(),
      dryRun: z.boolean().optional(),
      skipRows: z.number().optional(),
    }),
  }),
  { onBehalf: true, timeout: DAY_MS, backoff: { base: 1_000, cap: 60_000 } },
);

const countsSchema = z.object({
  row: z.number(),
  created: z.number(),
  updated: z.number(),
  failed: z.number(),
});

/** What the handlers of background work stand on. */
export interface HandlerParts {
  readonly parts: ServerParts;
  readonly jobs: JobsService;
  readonly files: FilesService;
}

/**
 * Who keeps the file of an import: nobody but the import sees it, and whoever may import need not be
 * allowed to store files of their own.
 */
export function keeping({ principal }: ExecutionContext): ExecutionContext {
  const { tenantId } = principal;
  return systemContext('import', tenantId === null ? {} : { tenantId });
}

/**
 * Runs an import. Each 200 rows commit together with how far it is, so a run that died is gone on with
 * behind the last row that was written: none comes twice, none is left out.
 */
export async function runImport(
  handler: HandlerParts,
  run: JobRun<z.output<typeof importJob.schema>>,
): Promise<unknown> {
  const { parts, jobs, files } = handler;
  const { object, file, options, locale: recordLocale } = run.payload;
  try {
    const snapshot = parts.snapshot();
    requireMethod(snapshot, object, 'import');
    const open = async () => bytesOf((await files.open(file, keeping(run.ctx))).body);
    const total = await countRows(await open(), options);
    const before = countsSchema.safeParse(await run.checkpoint()).data ?? {
      ...{ row: options.skipRows ?? 0, created: 0, updated: 0, failed: 0 },
    };
    const tell = createTeller(handler, run, { before, total });
    const report = await importRecords(
      { engine: parts.engine, snapshot },
      await open(),
      { ...options, object, skipRows: before.row, ...tell },
      { ...run.ctx, recordLocale },
    );
    const failures = (await jobs.logs(run.id)).flatMap(({ message }) => readFailure(message));
    await run.completeWith(async () => ({ ...report, ...sum(before, report), failures }));
    // What is left when this fails is an orphan, which is collected.
    await files.delete(file, keeping(run.ctx)).catch(() => undefined);
    return undefined;
  } catch (error) {
    if (isFinal(error)) return jobOutcome.fail(error);
    throw error;
  }
}

/** Keeps failures and progress; where rows stay, in their transaction. */
function createTeller(
  { parts }: HandlerParts,
  run: JobRun<z.output<typeof importJob.schema>>,
  { before, total }: { readonly before: ImportProgress; readonly total: number },
) {
  const isDryRun = run.payload.options.dryRun === true;
  let told = before.failed;
  const onChunk = async ({ progress, failures }: ImportChunk, ctx = run.ctx): Promise<void> => {
    run.signal.throwIfAborted();
    for (const { row, line, error } of failures) {
      told += 1;
      if (told > TOLD_FAILURES) break;
      await run.log(JSON.stringify({ row, line, ...problem(parts, error) }), ctx);
    }
    const counts = sum(before, progress);
    const work = { done: counts.row, total, errors: counts.failed };
    await run.progress(work, { ctx, ...(isDryRun ? {} : { checkpoint: counts }) });
  };
  if (!isDryRun) return { onChunk };
  const waiting: ImportChunk['failures'][number][] = [];
  return {
    onFailure: (failure: (typeof waiting)[number]) => void waiting.push(failure),
    onProgress: (progress: ImportProgress) => onChunk({ progress, failures: waiting.splice(0) }),
  };
}

function sum(before: ImportProgress, { row, created, updated, failed }: ImportProgress) {
  return {
    row,
    created: before.created + created,
    updated: before.updated + updated,
    failed: before.failed + failed,
  };
}

function readFailure(line: string): unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    // A long failure was cut off in the log.
    return [{ message: line }];
  }
}

function bytesOf(body: ReadableStream<Uint8Array>): Readable {
  return Readable.fromWeb(body as NodeReadableStream<Uint8Array>);
}
