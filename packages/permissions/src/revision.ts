import type { ExecutionContext } from '@objectos/spec/contracts';
import type { TableSchema } from '@objectql/core/driver';
import type { Database } from '@objectql/core/plugin';

/** One row whose value changes with every change of roles, sets, groups and rules. */
const TABLE: TableSchema = {
  name: 'sys_access_revision',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'value', type: 'text', nullable: false },
  ],
  indexes: [],
};
const ROW = 'access';
const WHERE = { op: 'eq', field: 'id', value: ROW } as const;

/** Tells the nodes of an installation that permissions changed. */
export interface Revision {
  /** Makes the table and its row. */
  ensure(): Promise<void>;
  /** Marks a change, in the transaction of the change: it is seen when that is. */
  touch(ctx: ExecutionContext): Promise<void>;
  /** Looks whether another node changed something; calls `changed` if so. */
  poll(): Promise<void>;
}

/** Makes the revision over the application's database. */
export function createRevision(database: Database, changed: () => void): Revision {
  let seen: unknown;

  async function read(): Promise<unknown> {
    const rows = await database.reader.find({ table: TABLE, columns: ['value'], where: WHERE });
    return rows[0]?.['value'];
  }

  return {
    async ensure() {
      await database.ensureTables([TABLE]);
      seen = await read();
      if (seen !== undefined) return;
      const value = crypto.randomUUID();
      try {
        await database.transaction(contextOf(), (session) =>
          session.insert(TABLE, [{ id: ROW, value }]),
        );
      } catch (error) {
        // Another node that starts in the same moment was first.
        if ((await read()) === undefined) throw error;
      }
      seen = await read();
    },
    async touch(ctx) {
      const value = crypto.randomUUID();
      await database.transaction(ctx, (session) =>
        session.update({ table: TABLE, set: { value }, where: WHERE }),
      );
    },
    async poll() {
      const value = await read();
      if (value === seen) return;
      seen = value;
      changed();
    },
  };
}

function contextOf(): ExecutionContext {
  return { principal: { kind: 'system', id: 'permissions', tenantId: null }, requestId: 'access' };
}
