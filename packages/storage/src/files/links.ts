import type { ExecutionContext } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { DriverSession, Row, RowFilter, TableSchema } from '@objectql/core/driver';
import type { Database } from '@objectql/core/plugin';

/** A place where a file is the value, or one of the values: a field of a record. */
export interface FileLink {
  readonly fileId: string;
  readonly object: string;
  readonly recordId: string;
  readonly field: string;
}

/** Which record's field has which file. Written in the transaction of the record's change. */
export const linkTable: TableSchema = {
  name: 'sys_file_link',
  columns: ['id', 'file_id', 'object', 'record_id', 'field'].map((name) => ({
    name,
    type: 'text',
    nullable: false,
  })),
  indexes: [
    { name: 'ix_sys_file_link_file', columns: ['file_id'], unique: false },
    { name: 'ix_sys_file_link_record', columns: ['object', 'record_id'], unique: false },
  ],
};
const COLUMNS = linkTable.columns.map((column) => column.name);

/** Places of files. */
export interface FileLinks {
  /** Where a file is, at most `limit` places. */
  of(fileId: string, ctx: ExecutionContext, limit: number): Promise<readonly FileLink[]>;
  /** Places after this one, in the order of their ids. */
  page(after: string | undefined, limit: number): Promise<readonly (FileLink & { id: string })[]>;
  /** Which of these files are somewhere. */
  attached(fileIds: readonly string[], ctx: ExecutionContext): Promise<ReadonlySet<string>>;
  add(links: readonly FileLink[], ctx: ExecutionContext): Promise<void>;
  remove(links: readonly FileLink[], ctx: ExecutionContext): Promise<void>;
  /** Runs `work` while nobody gives this file to a record or takes it away; with its number of places. */
  whileFree<T>(
    fileId: string,
    ctx: ExecutionContext,
    work: (places: number, ctx: ExecutionContext) => Promise<T>,
  ): Promise<T>;
}

/** Makes the places of files over a database that has {@link linkTable}. */
export function createFileLinks(database: Database): FileLinks {
  const find = async (session: DriverSession, where: RowFilter | undefined, limit: number) => {
    const rows = await session.find({
      table: linkTable,
      columns: COLUMNS,
      where,
      orderBy: [{ field: 'id', direction: 'asc' }],
      limit,
    });
    return rows.map(toLink);
  };

  return {
    of: (fileId, ctx, limit) => find(database.sessionOf(ctx), is('file_id', fileId), limit),
    page: (after, limit) =>
      find(
        database.reader,
        after === undefined ? undefined : { op: 'gt', field: 'id', value: after },
        limit,
      ),
    async attached(fileIds, ctx) {
      if (fileIds.length === 0) return new Set();
      const rows = await database.sessionOf(ctx).find({
        table: linkTable,
        columns: ['file_id'],
        where: { op: 'in', field: 'file_id', value: fileIds },
        distinct: true,
      });
      return new Set(rows.map((row) => row['file_id'] as string));
    },
    add: (links, ctx) =>
      database.transaction(ctx, async (session) => {
        for (const link of sorted(links)) {
          await session.lockKey(lockOf(link.fileId));
          await insert(session, link);
        }
      }),
    remove: (links, ctx) =>
      database.transaction(ctx, async (session) => {
        const ids = links.map(idOf);
        await session.delete({ table: linkTable, where: { op: 'in', field: 'id', value: ids } });
      }),
    whileFree: (fileId, ctx, work) =>
      database.transaction(ctx, async (session, inner) => {
        await session.lockKey(lockOf(fileId));
        const places = await session.count({ table: linkTable, where: is('file_id', fileId) });
        return work(places, inner);
      }),
  };
}

/** Two transactions that need several locks take them in one order, so that none waits in a circle. */
function sorted(links: readonly FileLink[]): readonly FileLink[] {
  return [...links].sort((a, b) => (a.fileId < b.fileId ? -1 : a.fileId > b.fileId ? 1 : 0));
}

async function insert(session: DriverSession, link: FileLink): Promise<void> {
  const { fileId, object, recordId, field } = link;
  const row = { id: idOf(link), file_id: fileId, object, record_id: recordId, field };
  try {
    await session.nested((inner) => inner.insert(linkTable, [row]));
  } catch (error) {
    // Restoring a value that was there before.
    if (!isObjectOSError(error, 'duplicate_value')) throw error;
  }
}

function idOf({ fileId, object, recordId, field }: FileLink): string {
  return [fileId, object, recordId, field].join('/');
}

function lockOf(fileId: string): string {
  return `storage.file ${fileId}`;
}

function toLink(row: Row): FileLink & { id: string } {
  return {
    id: row['id'] as string,
    fileId: row['file_id'] as string,
    object: row['object'] as string,
    recordId: row['record_id'] as string,
    field: row['field'] as string,
  };
}

function is(field: string, value: string): RowFilter {
  return { op: 'eq', field, value };
}
