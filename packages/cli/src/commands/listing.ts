import { createError } from '@objectos/spec/errors';
import type { Io } from '../output/io.js';
import type { CommandOptions } from './options.js';

/** Runs a command and keeps its exit code. */
export type Execute = (
  run: (folder: string, options: CommandOptions, io: Io) => Promise<number>,
) => (folder: string, options: CommandOptions) => Promise<void>;

const WIDEST = 60;

/** Writes rows under their heads, or says that there are none. What a terminal would obey is shown, not done. */
export function writeTable(
  io: Io,
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  none = 'There are none.',
): void {
  if (rows.length === 0) {
    io.stdout.write(`${none}\n`);
    return;
  }
  const table = [heads, ...rows].map((row) => row.map(plain));
  const widths = heads.map((_, at) =>
    Math.min(WIDEST, Math.max(...table.map((row) => row[at]?.length ?? 0))),
  );
  for (const row of table) {
    const cells = row.map((cell, at) =>
      at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0),
    );
    io.stdout.write(`${cells.join('  ').trimEnd()}\n`);
  }
}

// eslint-disable-next-line no-control-regex -- control characters are what must not reach a terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;

function plain(cell: string): string {
  return cell.replace(CONTROL, ' ');
}

/** The payload of a flag. @throws `body_invalid` when it is no JSON */
export function parsePayload(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw createError('body_invalid', { reason: '--payload is no JSON' }, { cause });
  }
}
