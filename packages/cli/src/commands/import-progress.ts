import type { ImportProgress } from '@objectql/core/transfer';
import type { Io } from '../output/io.js';

/** How often the terminal is told how far an import is. */
const EVERY_MS = 500;

/** Shows how far an import is: on one line of a terminal, or as JSON lines for machines. */
export function createProgress(io: Io, { json }: { readonly json?: boolean | undefined }) {
  let shownAt = 0;
  let shown = false;
  return {
    show: ({ row, failed }: ImportProgress): void => {
      const now = Date.now();
      if (now - shownAt < EVERY_MS) return;
      shownAt = now;
      if (json === true) io.stderr.write(`${JSON.stringify({ event: 'progress', row, failed })}\n`);
      else if (io.stderr.isTTY === true) {
        shown = true;
        io.stderr.write(`\r${row} rows, ${failed} failed `);
      }
    },
    end: (): void => {
      if (shown) io.stderr.write('\r\u001b[K');
    },
  };
}
