import type { DataEngine, ExecutionContext, Query, RecordData } from '@objectos/spec/contracts';

/** Records of one page of a stream. */
const PAGE = 500;

/**
 * Reads all records that match, page by page and by position: memory holds one page, however many
 * there are. Taking records out in bulk is a permission of its own (`export`), with rows of its own. Pages see what is
 * committed when they are read: a stream is no snapshot.
 *
 * @throws `permission_denied`, and what `find` throws
 */
export async function* streamPages(
  exportPage: DataEngine['find'],
  { object, query }: { readonly object: string; readonly query: StreamQuery },
  ctx: ExecutionContext,
): AsyncGenerator<RecordData[]> {
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page = await exportPage(object, { ...query, cursor, limit: PAGE, count: 'none' }, ctx);
    if (page.records.length > 0) yield page.records;
    cursor = page.hasMore ? page.next : undefined;
  }
}

/** What a stream of records may ask for. */
export type StreamQuery = Pick<Query, 'fields' | 'where' | 'orderBy' | 'expand' | 'deleted'>;
