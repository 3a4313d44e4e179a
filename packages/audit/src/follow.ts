import type { ExecutionContext, Logger, RecordData, RequestOrigin } from '@objectos/spec/contracts';
import { fieldOfKey } from '@objectos/spec/metadata';
import { changeLogTable, type MetadataSnapshot } from '@objectql/core';
import type { DriverSession, Row, RowFilter } from '@objectql/core/driver';
import type { Database } from '@objectql/core/plugin';
import { append, type ChainOptions } from './chain.js';
import type { Fact } from './entry.js';
import { auditTable, columnsOf, headTable } from './tables.js';

/** What following the change log needs. */
export interface FollowParts {
  readonly database: Database;
  readonly ctx: ExecutionContext;
  readonly logger: Logger;
  readonly chain: ChainOptions;
  readonly snapshot: () => MetadataSnapshot;
  /** Fields never kept, as `object.field`. */
  readonly masked: ReadonlySet<string>;
}

const AT_ONCE = 200;
const CURSOR = 'cursor';
/** No transaction is open longer; a row of the change log that is older than this has all before it. */
const SETTLED_MILLISECONDS = 3_600_000;
const MASK = '***';

/**
 * Copies committed changes into the chains, each exactly once. What has no entry yet is found by
 * looking for it (never by a position alone: of two writers the earlier number may commit later), and
 * the entry and the proof that it is there are one row.
 *
 * @returns how many were copied
 */
export async function copyChanges(parts: FollowParts): Promise<number> {
  const { database, ctx, chain } = parts;
  let copied = 0;
  for (;;) {
    const count = await database.transaction(ctx, async (session) => {
      const from = await lockCursor(session);
      const rows = await findNew(session, from);
      if (rows.length > 0)
        await append(
          session,
          rows.map((row) => toFact(row, parts)),
          chain,
        );
      await moveCursor(session, { from, now: chain.now() });
      return rows.length;
    });
    copied += count;
    if (count < AT_ONCE) return copied;
  }
}

/** Rows of the change log after `from` that no entry tells of. */
async function findNew(session: DriverSession, from: number): Promise<Row[]> {
  const told: RowFilter = {
    op: 'exists',
    table: auditTable,
    on: [{ outer: 'seq', inner: 'change_seq' }],
  };
  return session.find({
    table: changeLogTable,
    columns: columnsOf(changeLogTable),
    where: {
      op: 'and',
      args: [
        { op: 'gt', field: 'seq', value: from },
        { op: 'not', arg: told },
      ],
    },
    orderBy: [{ field: 'seq', direction: 'asc' }],
    limit: AT_ONCE,
  });
}

/** One follower at a time over all nodes: the row of the cursor is locked. */
async function lockCursor(session: DriverSession): Promise<number> {
  const [row] = await session.find({
    table: headTable,
    columns: columnsOf(headTable),
    where: { op: 'eq', field: 'id', value: CURSOR },
    lock: 'wait',
  });
  if (row !== undefined) return row['sequence'] as number;
  await session.insert(headTable, [{ id: CURSOR, sequence: 0, hash: '', signature: null }]);
  return 0;
}

/** The search begins behind what is settled for good, so it stays short. */
async function moveCursor(
  session: DriverSession,
  { from, now }: { readonly from: number; readonly now: number },
): Promise<void> {
  const before = new Date(now - SETTLED_MILLISECONDS).toISOString();
  const [last] = await session.find({
    table: changeLogTable,
    columns: ['seq'],
    where: {
      op: 'and',
      args: [
        { op: 'gt', field: 'seq', value: from },
        { op: 'lt', field: 'at', value: before },
        { op: 'exists', table: auditTable, on: [{ outer: 'seq', inner: 'change_seq' }] },
      ],
    },
    orderBy: [{ field: 'seq', direction: 'desc' }],
    limit: 1,
  });
  if (last === undefined) return;
  const where = { op: 'eq', field: 'id', value: CURSOR } as const;
  await session.update({ table: headTable, set: { sequence: last['seq'] }, where });
}

function toFact(row: Row, parts: FollowParts): Fact {
  const object = row['object'] as string;
  const mask = maskOf(object, parts);
  return {
    tenantId: row['organization_id'] as string | null,
    at: row['at'] as string,
    kind: `record.${String(row['operation'])}`,
    actor: row['actor'] as string,
    impersonatedBy: (row['impersonated_by'] ?? null) as string | null,
    object,
    recordId: row['record_id'] as string,
    revision: row['revision'] as number,
    changed: (row['changed'] ?? []) as string[],
    before: mask(row['before'] as RecordData | null),
    after: mask(row['after'] as RecordData | null),
    detail: row['cause'] === null ? null : { cause: row['cause'] },
    origin: (row['origin'] ?? null) as RequestOrigin | null,
    requestId: row['request_id'] as string,
    changeSeq: row['seq'] as number,
  };
}

const NEVER_KEPT: ReadonlySet<string> = new Set(['secret', 'password', 'encrypted']);

/** Replaces values that must not be read here; that they changed is still told. */
function maskOf(object: string, { snapshot, masked }: FollowParts) {
  const fields = snapshot().objects.get(object)?.fields;
  const hidden = (name: string): boolean =>
    masked.has(`${object}.${fieldOfKey(name)}`) ||
    NEVER_KEPT.has(fields?.get(fieldOfKey(name))?.type ?? '');
  return (values: RecordData | null): RecordData | null =>
    values === null
      ? null
      : Object.fromEntries(
          Object.entries(values).map(([name, value]) => [
            name,
            hidden(name) && value !== null ? MASK : value,
          ]),
        );
}
