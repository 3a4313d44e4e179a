import type { Bind } from './dialect.js';

/**
 * Page sizes that are written into the text, because a bound one makes planning worse: SQLite plans
 * the statement anew at every run, PostgreSQL does not know that few rows are wanted. Others are
 * bound, so that the texts stay few.
 */
const USUAL: ReadonlySet<number> = new Set([
  1, 2, 6, 10, 11, 20, 21, 25, 26, 50, 51, 100, 101, 200, 201, 500, 501, 1000, 1001,
]);

/** The text of a limit. */
export function limitText(limit: number, bind: Bind): string {
  return USUAL.has(limit) ? String(limit) : bind(limit);
}
