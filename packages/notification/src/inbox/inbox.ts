import type { InboxFilter, InboxItem } from '@objectos/spec/contracts';
import type { RowFilter } from '@objectql/core/driver';
import type { Database } from '@objectql/core/plugin';
import { iso, type Parts } from '../parts.js';
import { all, is, isEmpty, isIn, readRows, setRows } from '../store.js';
import { inboxTable, type InboxRow } from '../tables.js';

const MAX_PAGE = 200;

/** A page of somebody's inbox, and how much of it is unread. */
export async function listInbox(
  { reader }: Database,
  userId: string,
  filter: InboxFilter,
): Promise<{ readonly items: readonly InboxItem[]; readonly unread: number }> {
  const where: RowFilter[] = [
    is('user_id', userId),
    isEmpty('archived_at', filter.archived !== true),
  ];
  if (filter.read !== undefined) where.push(isEmpty('read_at', !filter.read));
  if (filter.topic !== undefined) where.push(is('topic', filter.topic));
  if (filter.before !== undefined) where.push({ op: 'lt', field: 'id', value: filter.before });
  const rows = await readRows<InboxRow>(reader, inboxTable, {
    where: all(...where),
    limit: Math.min(filter.limit ?? 50, MAX_PAGE),
    order: 'desc',
  });
  const unread = await reader.count({
    table: inboxTable,
    where: all(is('user_id', userId), isEmpty('read_at', true), isEmpty('archived_at', true)),
  });
  return { items: rows.map(toItem), unread };
}

/** Marks items of somebody's inbox, each once. @returns how many changed */
export async function markInbox(
  { database, ctx, now }: Pick<Parts, 'database' | 'ctx' | 'now'>,
  userId: string,
  {
    ids,
    mark,
  }: { readonly ids: readonly string[] | 'all'; readonly mark: 'read_at' | 'archived_at' },
): Promise<number> {
  const mine = all(
    is('user_id', userId),
    isEmpty(mark, true),
    ...(ids === 'all' ? [] : [isIn('id', ids)]),
  );
  return database.transaction(ctx, (session) =>
    setRows<InboxRow>(session, inboxTable, { where: mine, set: { [mark]: iso(now()) } }),
  );
}

function toItem(row: InboxRow): InboxItem {
  return {
    id: row.id,
    notificationId: row.notification_id,
    topic: row.topic,
    severity: row.severity,
    title: row.title,
    body: row.body,
    url: row.url,
    about:
      row.about_object === null || row.about_id === null
        ? null
        : { object: row.about_object, id: row.about_id },
    createdAt: row.created_at,
    readAt: row.read_at,
    archivedAt: row.archived_at,
  };
}
