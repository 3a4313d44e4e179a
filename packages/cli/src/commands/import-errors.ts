import { isObjectOSError } from '@objectos/spec/errors';
import {
  csvLine,
  ERROR_COLUMNS,
  type ImportFailure,
  type TransferFormat,
} from '@objectql/core/transfer';
import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';

/** A file of the rows that were not imported; made with the first of them. */
export interface ErrorFile {
  readonly add: (failure: ImportFailure) => Promise<void>;
  /** Its path, if there is one. */
  readonly written: () => string | undefined;
  close(): Promise<void>;
}

/** Writes failed rows as they were, with the number of the row and the reason beside them. */
export function createErrorFile(path: string, format: TransferFormat): ErrorFile {
  let stream: WriteStream | undefined;

  async function write(text: string): Promise<void> {
    if (stream?.write(text) === false) await once(stream, 'drain');
  }

  return {
    async add({ row, error, values }) {
      const [rowColumn, errorColumn] = ERROR_COLUMNS;
      const failed = { ...values, [rowColumn]: row, [errorColumn]: reasonOf(error) };
      if (stream === undefined) {
        stream = createWriteStream(path);
        if (format === 'csv') await write(csvLine(Object.keys(failed)));
      }
      await write(
        format === 'csv'
          ? csvLine(Object.values(failed).map(String))
          : `${JSON.stringify(failed)}\n`,
      );
    },
    written: () => (stream === undefined ? undefined : path),
    async close() {
      if (stream === undefined) return;
      stream.end();
      await once(stream, 'close');
    },
  };
}

function reasonOf(error: unknown): string {
  if (!isObjectOSError(error)) return String(error);
  if (error.fieldErrors.length === 0) return error.message;
  return error.fieldErrors.map(({ field, message }) => `${field}: ${message}`).join('; ');
}
