import { dataEngineService, systemContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { normalizeFilter, normalizeSort } from '@objectql/core';
import { metadataSnapshotService } from '@objectql/core/plugin';
import { exportRecords, type TransferFormat } from '@objectql/core/transfer';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { withApplication } from '../headless.js';
import type { Io } from '../output/io.js';
import { placeOf, type CommandOptions } from './options.js';

/** Flags of `objectos export`. */
export interface ExportFlags extends CommandOptions {
  readonly out?: string | undefined;
  readonly format?: TransferFormat | undefined;
  readonly select?: string | undefined;
  readonly filter?: string | undefined;
  readonly sort?: string | undefined;
  readonly labels?: boolean | undefined;
  readonly limit?: number | undefined;
}

/** `objectos export <object>`: writes the records of an object to a file, or to the output. */
export async function exportCommand(
  object: string,
  folder: string,
  flags: ExportFlags,
  io: Io,
): Promise<number> {
  const { out, format = formatOf(out), select, filter, sort, labels, limit } = flags;
  const options = {
    object,
    format,
    limit,
    columns: select?.split(',').map((name) => name.trim()),
    where: filter === undefined ? undefined : normalizeFilter(readJson(filter)),
    orderBy: sort === undefined ? undefined : normalizeSort(sort),
    header: labels === true ? ('label' as const) : ('name' as const),
  };
  await withApplication(folder, flags, io, async ({ kernel }) => {
    const engine = kernel.service(dataEngineService);
    const snapshot = kernel.service(metadataSnapshotService).current();
    const text = exportRecords({ engine, snapshot }, options, systemContext('cli', placeOf(flags)));
    if (out === undefined) {
      for await (const part of text) io.stdout.write(part);
      return;
    }
    await pipeline(Readable.from(text), createWriteStream(path.resolve(out)));
    io.stderr.write(`exported "${object}" to ${out}\n`);
  });
  return 0;
}

/** The format that a file's name says; CSV otherwise. */
export function formatOf(file: string | undefined): TransferFormat {
  return file !== undefined && /\.(?:jsonl|ndjson)$/i.test(file) ? 'jsonl' : 'csv';
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw createError('invalid_filter', { reason: 'it is not JSON' });
  }
}
