import type { ExecutionContext, FailureScope } from '@objectos/spec/contracts';
import type { Database } from '@objectql/core/plugin';
import { all, is } from '../queue-store.js';
import { failureMuteTable } from '../tables.js';

/** Which groups are muted. */
export interface Mutes {
  /** Until when groups are muted at a moment, by fingerprint. */
  read(scope: FailureScope, now: number): Promise<ReadonlyMap<string, string>>;
  /** Mutes a group, or takes that back. */
  set(fingerprint: string, until: Date | null, scope: FailureScope): Promise<void>;
}

/** Keeps mutes in the database. */
export function createMutes(database: Database, ctx: ExecutionContext): Mutes {
  const nameOf = ({ tenantId }: FailureScope): string => tenantId ?? '';
  return {
    async read(scope, now) {
      const rows = await database.reader.find({
        table: failureMuteTable,
        columns: ['fingerprint', 'until'],
        where: all(is('scope', nameOf(scope)), {
          op: 'gt',
          field: 'until',
          value: new Date(now).toISOString(),
        }),
      });
      return new Map(rows.map((row) => [row['fingerprint'] as string, row['until'] as string]));
    },
    set(fingerprint, until, scope) {
      const id = JSON.stringify([nameOf(scope), fingerprint]);
      return database.transaction(ctx, async (session) => {
        await session.delete({ table: failureMuteTable, where: is('id', id) });
        if (until === null) return;
        const row = { id, fingerprint, scope: nameOf(scope), until: until.toISOString() };
        await session.insert(failureMuteTable, [row]);
      });
    },
  };
}
