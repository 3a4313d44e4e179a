import type { QuotaName } from '@objectos/spec/contracts';
import type { Driver, Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { quotaTable } from '../engine/system-tables.js';

/** A limit that an organization has of its own. */
export interface OwnLimit {
  /** `null`: that of the configuration again; {@link UNLIMITED}: none. */
  readonly max: number | null;
  /** Epoch milliseconds. */
  readonly since: number;
}

/** Limits of organizations, kept in memory and followed in the database. */
export interface OwnLimits {
  readonly size: number;
  get(organization: string, quota: QuotaName): OwnLimit | undefined;
  set(organization: string, quota: QuotaName, max: number | null, by: string): Promise<void>;
  /** Reads what changed since the last time; all, the first time. */
  refresh(): Promise<void>;
}

/** `max` of who is not limited, whatever the configuration says. */
export const UNLIMITED = -1;

/** Clocks of processes differ, and a change may be seen later than it was stamped. */
const OVERLAP = 60_000;

/** Makes the limits that are kept in a database. */
export function createOwnLimits(driver: Driver, now: () => number): OwnLimits {
  const known = new Map<string, OwnLimit>();
  let newest: number | undefined;

  return {
    get size() {
      return known.size;
    },
    get: (organization, quota) => known.get(`${organization} ${quota}`),
    async set(organization, quota, max, by) {
      const id = `${organization} ${quota}`;
      const since = now();
      const values = { max, updated_by: by, updated_at: new Date(since).toISOString() };
      const where: RowFilter = { op: 'eq', field: 'id', value: id };
      await driver.transaction(async (session) => {
        if ((await session.update({ table: quotaTable, set: values, where })) > 0) return;
        const row: Row = { id, organization_id: organization, quota, ...values };
        await session.insert(quotaTable, [row]);
      });
      known.set(id, { max, since });
    },
    async refresh() {
      const rows = await driver.reader.find({
        table: quotaTable,
        columns: ['id', 'max', 'updated_at'],
        where: newest === undefined ? undefined : changedAfter(newest - OVERLAP),
      });
      newest ??= 0;
      for (const row of rows) {
        const since = Date.parse(row['updated_at'] as string);
        newest = Math.max(newest, since);
        known.set(row['id'] as string, { max: row['max'] as number | null, since });
      }
    },
  };
}

function changedAfter(moment: number): RowFilter {
  return { op: 'gt', field: 'updated_at', value: new Date(Math.max(0, moment)).toISOString() };
}
