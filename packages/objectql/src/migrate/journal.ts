import type { RowFilter } from '../driver/row-filter.js';
import type { Driver, DriverSession, Row } from '../driver/contract.js';
import { migrationTable } from '../engine/system-tables.js';
import type { RecordedSchema } from './model.js';
import type { MigrationStep } from './steps.js';

/** A step as the journal remembers it: enough to undo it and to show it. */
export interface StepRecord {
  readonly key: string;
  readonly kind: MigrationStep['kind'];
  readonly description: string;
  readonly table?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly column?: string | undefined;
  /** Table that what was lost is kept in. */
  readonly kept?: string | undefined;
}

/** The step in progress: written before it begins, with how far it came. */
export interface CurrentStep {
  readonly steps: readonly StepRecord[];
  readonly cursor?: string | number | undefined;
  readonly rows?: number | undefined;
  /** Rows that the step will go through, where that is known. */
  readonly total?: number | undefined;
  /** Steps before it, of all. */
  readonly finished?: number | undefined;
  readonly of?: number | undefined;
  /** When this was written. */
  readonly at?: string | undefined;
}

/** One migration. */
export interface MigrationRecord {
  readonly id: string;
  readonly kind: 'apply' | 'undo';
  /** `running` also when it was interrupted or failed: the next attempt goes on with it. */
  readonly state: 'running' | 'done' | 'undone';
  readonly version: string;
  /** Fingerprint of the tables when it was done. */
  readonly shape: string | null;
  readonly before: RecordedSchema | null;
  readonly after: RecordedSchema | null;
  readonly done: readonly StepRecord[];
  readonly current: CurrentStep | null;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly node: string | null;
  readonly failure: string | null;
}

const COLUMNS = migrationTable.columns.map((column) => column.name);

/** The rows of `sys_migration`. */
export interface Journal {
  /** Newest first. */
  list(limit: number): Promise<MigrationRecord[]>;
  /** The migration whose outcome is in force. */
  last(): Promise<MigrationRecord | undefined>;
  /** Version and shape of {@link last} alone: this is asked at every start. */
  lastVersion(): Promise<{ readonly version: string; readonly shape: string | null } | undefined>;
  running(): Promise<MigrationRecord | undefined>;
  begin(record: MigrationRecord): Promise<void>;
  /** Changes a migration; in `session`, together with what else that does. */
  change(id: string, set: Partial<MigrationRecord>, session?: DriverSession): Promise<void>;
}

/** Opens the journal of a database, whose table must exist. */
export function openJournal(driver: Driver): Journal {
  async function find(where: RowFilter | undefined, limit: number, columns = COLUMNS) {
    const orderBy = [{ field: 'id', direction: 'desc' }] as const;
    return driver.reader.find({ table: migrationTable, columns, where, orderBy, limit });
  }
  const inState = async (state: string, columns?: string[]): Promise<Row | undefined> =>
    (await find({ op: 'eq', field: 'state', value: state }, 1, columns))[0];

  return {
    list: async (limit) => (await find(undefined, limit)) as unknown as MigrationRecord[],
    last: async () => (await inState('done')) as MigrationRecord | undefined,
    lastVersion: async () => (await inState('done', ['version', 'shape'])) as never,
    running: async () => (await inState('running')) as MigrationRecord | undefined,
    async begin(record) {
      await driver.transaction((session) => session.insert(migrationTable, [{ ...record }]));
    },
    async change(id, set, session) {
      const statement = {
        table: migrationTable,
        set: { ...set },
        where: { op: 'eq', field: 'id', value: id },
      } as const;
      if (session === undefined) await driver.transaction((own) => own.update(statement));
      else await session.update(statement);
    },
  };
}

/** An id that sorts by time and may be part of a table's name. */
export function migrationId(now: Date = new Date()): string {
  const time = now.toISOString().replace(/\D/g, '');
  const random = globalThis.crypto.getRandomValues(new Uint8Array(3));
  return `m${time}_${[...random].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** What the journal remembers of a step. */
export function recordOf(step: MigrationStep): StepRecord {
  const { key, kind, description } = step;
  const base = { key, kind, description };
  switch (step.kind) {
    case 'renameTable':
      return { ...base, from: step.from, to: step.to };
    case 'renameColumn':
      return { ...base, table: step.table, from: step.from, to: step.to };
    case 'dropColumn':
      return { ...base, table: step.rows.object, column: step.column.name };
    case 'convert':
    case 'fill':
      return { ...base, table: step.rows.object, column: step.field.name };
    case 'dropTable':
      return { ...base, table: step.table.name };
    default:
      return base;
  }
}
