import { dataEngineService, systemContext } from '@objectos/spec/contracts';
import { metadataSnapshotService } from '@objectql/core/plugin';
import { importRecords, type ImportReport, type TransferFormat } from '@objectql/core/transfer';
import { createReadStream } from 'node:fs';
import { access } from 'node:fs/promises';
import path from 'node:path';
import { createError } from '@objectos/spec/errors';
import { withApplication } from '../headless.js';
import type { Io } from '../output/io.js';
import { createObject, objectNameOf } from './create-object.js';
import { formatOf } from './export.js';
import { createErrorFile } from './import-errors.js';
import { createProgress } from './import-progress.js';
import { placeOf, type CommandOptions } from './options.js';

/** Flags of `objectos import`. */
export interface ImportFlags extends CommandOptions {
  readonly object?: string | undefined;
  readonly format?: TransferFormat | undefined;
  readonly key?: string | undefined;
  readonly mode?: 'insert' | 'update' | 'upsert' | undefined;
  readonly map?: readonly string[] | undefined;
  readonly delimiter?: string | undefined;
  readonly clearEmpty?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly skipRows?: number | undefined;
  readonly errors?: string | undefined;
  readonly createObject?: boolean | undefined;
}

/**
 * `objectos import <file>`: reads the records of a file into an object. Rows that fail are written to
 * a file of their own, with the reason; corrected, it can be imported as it is.
 *
 * @returns 0 when every row was imported, 1 otherwise
 */
export async function importCommand(
  file: string,
  folder: string,
  flags: ImportFlags,
  io: Io,
): Promise<number> {
  const source = path.resolve(file);
  await access(source).catch(() => {
    throw createError('import_file_invalid', { line: 0, reason: `there is no file ${file}` });
  });
  const format = flags.format ?? formatOf(file);
  const request = { folder, source, format, delimiter: flags.delimiter, object: flags.object };
  const made = flags.createObject === true ? await createObject(request, flags, io) : undefined;
  const object = made?.object ?? flags.object ?? objectNameOf(file);
  const options = {
    object,
    format,
    delimiter: flags.delimiter,
    key: flags.key?.split(',').map((name) => name.trim()),
    mode: flags.mode,
    mapping: { ...made?.mapping, ...mappingOf(flags.map ?? []) },
    clearEmpty: flags.clearEmpty,
    dryRun: flags.dryRun,
    skipRows: flags.skipRows,
  };
  const report = await withApplication(folder, flags, io, async ({ kernel }) => {
    const engine = kernel.service(dataEngineService);
    const snapshot = kernel.service(metadataSnapshotService).current();
    const errors = createErrorFile(flags.errors ?? `${source}.errors.${format}`, format);
    const progress = createProgress(io, flags);
    try {
      return {
        ...(await importRecords(
          { engine, snapshot },
          createReadStream(source),
          { ...options, onFailure: errors.add, onProgress: progress.show },
          systemContext('cli', placeOf(flags)),
        )),
        errors: errors.written(),
      };
    } finally {
      progress.end();
      await errors.close();
    }
  });
  tell(io, flags, object, report);
  return report.failed === 0 ? 0 : 1;
}

/** `Header=field` maps a column, `Header=` leaves it out. */
function mappingOf(pairs: readonly string[]): Record<string, string | null> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.lastIndexOf('=');
      if (at < 1) {
        const reason = `"${pair}" is not like Header=field`;
        throw createError('invalid_parameter', { parameter: 'map', reason });
      }
      const field = pair.slice(at + 1).trim();
      return [pair.slice(0, at), field === '' ? null : field];
    }),
  );
}

function tell(
  io: Io,
  flags: ImportFlags,
  object: string,
  report: ImportReport & { readonly errors: string | undefined },
): void {
  if (flags.json === true) {
    io.stdout.write(`${JSON.stringify({ event: 'imported', object, ...report })}\n`);
    return;
  }
  const { created, updated, failed, ignoredColumns, dryRun, errors } = report;
  const what = dryRun ? 'would be imported into' : 'imported into';
  io.stdout.write(
    `${what} "${object}": ${created} created, ${updated} updated, ${failed} failed\n`,
  );
  if (ignoredColumns.length > 0) io.stdout.write(`left out: ${ignoredColumns.join(', ')}\n`);
  if (errors !== undefined) io.stdout.write(`the failed rows and why: ${errors}\n`);
}
