import type { ExecutionContext, MaybePromise, RowResult } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { ALL_LANGUAGES } from '../engine/translation/language.js';
import { createColumnFinder } from './columns.js';
import type { ByteSource } from './decode.js';
import type { TransferParts } from './export.js';
import { createLookups } from './lookups.js';
import { prepareRows, type PreparedRow, type PrepareScope } from './prepare.js';
import { readRows, type FileRow, type TransferFormat } from './rows.js';
import { writeRows } from './write-rows.js';

/** Rows that are written in one transaction. */
export const IMPORT_CHUNK = 200;

/** What a file is imported into, and how. */
export interface ImportOptions {
  readonly object: string;
  readonly format: TransferFormat;
  readonly delimiter?: string | undefined;
  /** Header of a column to the path of a field, or to `null` to leave it out. */
  readonly mapping?: Readonly<Record<string, string | null>> | undefined;
  /** Fields of a unique key: a row changes the record that has it. Without it rows are inserted. */
  readonly key?: readonly string[] | undefined;
  /** With a key: `upsert` (default) inserts the others, `update` reports them as missing. */
  readonly mode?: 'insert' | 'update' | 'upsert' | undefined;
  /** An empty cell empties the field. Default: it says nothing about it. */
  readonly clearEmpty?: boolean | undefined;
  /** Run everything and undo it. */
  readonly dryRun?: boolean | undefined;
  /** Rows at the start of the file that are done already. */
  readonly skipRows?: number | undefined;
  readonly onProgress?: ((progress: ImportProgress) => MaybePromise<void>) | undefined;
  readonly onFailure?: ((failure: ImportFailure) => MaybePromise<void>) | undefined;
  /**
   * Called in the transaction of each chunk, with its context: what is written there commits with the
   * rows, or not at all. Not while everything is undone (`dryRun`).
   */
  readonly onChunk?: ((chunk: ImportChunk, ctx: ExecutionContext) => Promise<void>) | undefined;
}

/** Rows of one transaction, as {@link ImportOptions.onChunk} is told of them. */
export interface ImportChunk {
  /** How far the import is with them. */
  readonly progress: ImportProgress;
  readonly failures: readonly ImportFailure[];
}

/** How far an import is. `row` is the last row of the file that is dealt with: go on behind it. */
export interface ImportProgress {
  readonly row: number;
  readonly created: number;
  readonly updated: number;
  readonly failed: number;
}

/** What became of a file. */
export interface ImportReport extends ImportProgress {
  readonly dryRun: boolean;
  /** Columns that were left out: the system maintains them, or the mapping says so. */
  readonly ignoredColumns: readonly string[];
}

/** A row that was not imported. */
export interface ImportFailure {
  readonly row: number;
  readonly line: number;
  readonly error: unknown;
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Imports a file, as the principal of the context: every row passes permission, hooks and validation
 * like any other write. 200 rows are one transaction; a row that fails leaves the others. Memory
 * holds one chunk.
 *
 * @throws `import_file_invalid`, `import_column_unknown`, `upsert_key_not_unique`, `permission_denied`;
 * the rows before are imported then
 */
export async function importRecords(
  parts: TransferParts,
  source: ByteSource,
  options: ImportOptions,
  ctx: ExecutionContext,
): Promise<ImportReport> {
  const { object, skipRows = 0, dryRun = false } = options;
  const meta = parts.snapshot.objects.get(object);
  if (meta === undefined) throw createError('object_not_found', { object });
  const finder = createColumnFinder({
    snapshot: parts.snapshot,
    meta,
    readable: readableOf(parts, ctx),
    mapping: options.mapping ?? {},
  });
  // What is looked up sees the rows of the running transaction.
  let current = ctx;
  // A key is one text: with all languages, that of the default one.
  const isOfAll = ctx.recordLocale === ALL_LANGUAGES;
  const lookups = createLookups(parts.engine, () =>
    isOfAll ? { ...current, recordLocale: undefined } : current,
  );
  const scope: PrepareScope = {
    object,
    column: (header) => finder.find(header),
    lookups,
    cells: options.format === 'csv',
    clearEmpty: options.clearEmpty ?? false,
  };
  let progress: ImportProgress = { row: skipRows, created: 0, updated: 0, failed: 0 };
  for await (const chunk of chunked(readRows(source, options), skipRows)) {
    const before = progress;
    const write = async (inside: ExecutionContext): Promise<ChunkDone> => {
      current = inside;
      const written = await importChunk({ parts, scope, options, ctx: inside }, chunk);
      progress = after(before, written, chunk);
      await options.onChunk?.({ progress, failures: written.failures }, inside);
      return written;
    };
    const isOne = options.onChunk !== undefined && !dryRun;
    const done = isOne ? await parts.engine.transaction(ctx, write) : await write(ctx);
    current = ctx;
    for (const failure of done.failures) await options.onFailure?.(failure);
    await options.onProgress?.(progress);
  }
  return { ...progress, dryRun, ignoredColumns: finder.ignored() };
}

function after(
  before: ImportProgress,
  { created, updated, failures }: ChunkDone,
  chunk: readonly FileRow[],
): ImportProgress {
  return {
    row: chunk.at(-1)?.row ?? before.row,
    created: before.created + created,
    updated: before.updated + updated,
    failed: before.failed + failures.length,
  };
}

/** Rows of a file. @throws `import_file_invalid` */
export async function countRows(
  source: ByteSource,
  options: Pick<ImportOptions, 'format' | 'delimiter'>,
): Promise<number> {
  let rows = 0;
  for await (const list of readRows(source, options)) rows = list.at(-1)?.row ?? rows;
  return rows;
}

interface ChunkScope {
  readonly parts: TransferParts;
  readonly scope: PrepareScope;
  readonly options: ImportOptions;
  readonly ctx: ExecutionContext;
}

interface ChunkDone {
  readonly created: number;
  readonly updated: number;
  readonly failures: readonly ImportFailure[];
}

async function importChunk(
  { parts, scope, options, ctx }: ChunkScope,
  chunk: readonly FileRow[],
): Promise<ChunkDone> {
  const done = await importOnce({ parts, scope, options, ctx }, chunk);
  const again = done.retry;
  if (again.length === 0 || done.created === 0 || options.dryRun === true) return done;
  // Parents and children in one file: the parents are there now.
  const rest = await importChunk({ parts, scope, options, ctx }, again);
  const rows = new Set(again.map((row) => row.row));
  const failures = [...done.failures.filter((one) => !rows.has(one.row)), ...rest.failures];
  return {
    created: done.created + rest.created,
    updated: done.updated + rest.updated,
    failures: failures.sort((one, other) => one.row - other.row),
  };
}

async function importOnce(
  { parts, scope, options, ctx }: ChunkScope,
  chunk: readonly FileRow[],
): Promise<ChunkDone & { readonly retry: readonly FileRow[] }> {
  const prepared = await prepareRows(scope, chunk);
  const good = prepared.filter((row) => 'data' in row);
  const data = good.map((row) => row.data);
  const results = await writeRows(parts.engine, data, options, ctx);
  const failures = [
    ...prepared.flatMap((row) => ('error' in row ? [failureOf(scope, row, row.error)] : [])),
    ...results.flatMap((result) => {
      const row = good[result.index];
      return result.success || row === undefined ? [] : [failureOf(scope, row, result.error)];
    }),
  ].sort((one, other) => one.row - other.row);
  const retry = prepared.flatMap((row) =>
    'retry' in row && row.retry === true ? [row.source] : [],
  );
  return { ...counted(results.filter((result) => result.success)), failures, retry };
}

function counted(done: readonly RowResult[]): { created: number; updated: number } {
  const updated = done.filter((result) => result.created === false).length;
  return { created: done.length - updated, updated };
}

/** A failed row as it may be kept: what is to be encrypted does not go into a file in the clear. */
function failureOf(scope: PrepareScope, { source }: PreparedRow, error: unknown): ImportFailure {
  const { row, line, values } = source;
  const shown = Object.entries(values).filter(([header]) => !isSecret(scope, header));
  return { row, line, error, values: Object.fromEntries(shown) };
}

function isSecret({ column }: PrepareScope, header: string): boolean {
  try {
    const found = column(header);
    return found.kind === 'field' && found.field.type === 'secret';
  } catch {
    // A column that the import does not know is no field.
    return false;
  }
}

async function* chunked(
  lists: AsyncIterable<FileRow[]>,
  skipRows: number,
): AsyncGenerator<FileRow[]> {
  let chunk: FileRow[] = [];
  for await (const list of lists) {
    for (const row of list) {
      if (row.row <= skipRows) continue;
      chunk.push(row);
      if (chunk.length < IMPORT_CHUNK) continue;
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) yield chunk;
}

/** The readable fields of each object, asked once. Nothing for an object one may not read. */
function readableOf({ engine, snapshot }: TransferParts, ctx: ExecutionContext) {
  const known = new Map<string, ReadonlySet<string> | undefined>();
  return (object: string): ReadonlySet<string> | undefined => {
    if (!known.has(object)) {
      known.set(
        object,
        snapshot.objects.has(object) ? tryReadable(engine, object, ctx) : undefined,
      );
    }
    return known.get(object);
  };
}

function tryReadable(
  engine: TransferParts['engine'],
  object: string,
  ctx: ExecutionContext,
): ReadonlySet<string> | undefined {
  try {
    return engine.readableFields(object, ctx);
  } catch {
    return undefined;
  }
}
