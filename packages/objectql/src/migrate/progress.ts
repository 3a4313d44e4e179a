import type { DriverSession } from '../driver/contract.js';
import type { MigrationRecord } from './journal.js';
import { columnOf } from './rows.js';
import type { MigrationStep } from './steps.js';

/** Where a migration stands, for whoever watches. */
export interface MigrationProgress {
  readonly step: string;
  /** Steps that are done, of all; those of interrupted attempts included. */
  readonly done: number;
  readonly steps: number;
  /** Rows of this step so far; absent for steps that go through none. */
  readonly rows?: number | undefined;
  /** Rows that this step will go through, as far as that is known when it begins. */
  readonly total?: number | undefined;
  /** Of the whole, from 0 to 100: each step counts as much as another one. */
  readonly percent: number;
}

/** A migration that another process may be doing: what the journal says of it. */
export interface RunningMigration extends Omit<MigrationProgress, 'step'> {
  readonly id: string;
  readonly kind: MigrationRecord['kind'];
  /** `null` between two steps. */
  readonly step: string | null;
  readonly startedAt: string;
  /** When it last moved; a process that died moves it no more. ISO 8601, `null` before the first step. */
  readonly movedAt: string | null;
  /** The process that does it. */
  readonly node: string | null;
  /** Why the last attempt stopped; `null` while one is going on, or when its process died. */
  readonly failure: string | null;
  /** Whose schema it is, where organizations have one of their own. */
  readonly organization?: string | undefined;
}

/** Adds to a position how much of the whole that is. */
export function withPercent<T extends Omit<MigrationProgress, 'percent' | 'step'>>(
  position: T,
): T & { readonly percent: number } {
  const { done, steps, rows = 0, total = 0 } = position;
  const share = total === 0 ? 0 : Math.min(1, rows / total);
  const percent = steps === 0 ? 100 : Math.min(100, Math.floor((100 * (done + share)) / steps));
  return { ...position, percent };
}

/** What the journal says of a migration that is not finished. */
export function runningMigration(
  { id, kind, started_at, node, failure, current, done }: MigrationRecord,
  organization?: string,
): RunningMigration {
  const { rows, total, finished = done.length, of = finished + 1, at = null } = current ?? {};
  return {
    id,
    kind,
    step: current?.steps[0]?.description ?? null,
    ...withPercent({ done: finished, steps: of, rows, total }),
    startedAt: started_at,
    movedAt: at,
    node,
    failure,
    ...(organization === undefined ? {} : { organization }),
  };
}

/** Rows that a step goes through from where it is; `undefined` for steps that go through none. */
export async function rowsOf(
  session: DriverSession,
  step: MigrationStep,
): Promise<number | undefined> {
  switch (step.kind) {
    case 'convert':
      return session.count({ table: step.rows.during.table });
    case 'fill': {
      const { during } = step.rows;
      const field = columnOf(during, step.field.name) ?? step.field.name;
      return session.count({ table: during.table, where: { op: 'isNull', field, value: true } });
    }
    case 'dropColumn': {
      const { during } = step.rows;
      const field = columnOf(during, step.column.name) ?? step.column.name;
      return session.count({ table: during.table, where: { op: 'isNull', field, value: false } });
    }
    default:
      return undefined;
  }
}
