import type { TableSchema } from '../driver/contract.js';
import type { RecordedSchema, TargetObject } from './model.js';
import { notes } from './notes.js';
import { planObject } from './plan-object.js';
import { planRetired } from './plan-retired.js';
import { matchObjects, type MatchedObject, type Remarks } from './renames.js';
import { inOrder, type MigrationPlan, type MigrationStep, type Rows } from './steps.js';

/** What a plan is made from. */
export interface PlanInput {
  /** Version of the metadata. */
  readonly version: string;
  /** The tables that exist. */
  readonly database: readonly TableSchema[];
  /** What was brought to the database last; absent where nothing was, or nobody remembers. */
  readonly recorded: RecordedSchema | undefined;
  readonly target: readonly TargetObject[];
  /** Fields (`object.field`) that may lose the values which do not convert to their new type. */
  readonly lossy?: ReadonlySet<string> | undefined;
}

/** Within `expand`, all of which is one transaction: names first, then room, then what fills it. */
const EXPAND_ORDER: readonly MigrationStep['kind'][] = [
  ...(['renameTable', 'renameColumn', 'dropIndex', 'dropColumn'] as const),
  ...(['createTable', 'addColumn', 'createIndex'] as const),
];
const BACKFILL_ORDER: readonly MigrationStep['kind'][] = [
  ...(['relabelObject', 'relabelFields', 'convert', 'restore', 'fill'] as const),
];
const CONTRACT_ORDER: readonly MigrationStep['kind'][] = [
  ...(['swap', 'createIndex', 'dropColumn', 'dropTable'] as const),
];

/**
 * Plans how to get from a database to its metadata. Pure: it looks at names and types only; whether
 * the values allow it is found by `inspectPlan`.
 */
export function planMigration(input: PlanInput): MigrationPlan {
  const remarks: Remarks = { problems: [], notices: [] };
  const database = new Map(input.database.map((table) => [table.name, table]));
  const matches = matchObjects(input.target, database, input.recorded, remarks);
  const steps: MigrationStep[] = [];
  const rows = new Map<string, Rows>();
  for (const match of matches) {
    const lossy = input.lossy ?? new Set<string>();
    const own = planObject({ match, steps, remarks, lossy });
    if (own !== undefined) rows.set(match.target.name, own);
  }
  steps.push(...planRetired({ database, recorded: input.recorded, matches, rows }));
  checkAge(matches, { database, recorded: input.recorded }, remarks);
  return { version: input.version, steps: sorted(steps), ...remarks };
}

function sorted(steps: readonly MigrationStep[]): MigrationStep[] {
  const rank = ({ phase, kind }: MigrationStep): number => {
    if (phase === 'expand') return EXPAND_ORDER.indexOf(kind);
    if (phase === 'backfill') return BACKFILL_ORDER.indexOf(kind);
    return phase === 'contract' ? CONTRACT_ORDER.indexOf(kind) : 0;
  };
  return inOrder([...steps].sort((one, other) => rank(one) - rank(other)));
}

/**
 * Metadata that would add what a rename took away is older than the database: it would show its
 * people an empty field where the values are.
 */
function checkAge(
  matches: readonly MatchedObject[],
  known: {
    readonly database: ReadonlyMap<string, TableSchema>;
    readonly recorded: RecordedSchema | undefined;
  },
  { problems }: Remarks,
): void {
  const wanted = new Map(matches.map(({ target }) => [target.name, target]));
  for (const { table, from, to } of known.recorded?.renames ?? []) {
    if (table === undefined) {
      const isOlder = wanted.has(from) && !wanted.has(to);
      if (isOlder && !known.database.has(from) && known.database.has(to)) {
        problems.push(notes.metadataOlder(from, to));
      }
      continue;
    }
    const names = columnsOf(known.database.get(table));
    const fields = columnsOf(wanted.get(table)?.table);
    if (fields.has(from) && !fields.has(to) && !names.has(from) && names.has(to)) {
      problems.push(notes.metadataOlder(`${table}.${from}`, `${table}.${to}`));
    }
  }
}

function columnsOf(table: TableSchema | undefined): ReadonlySet<string> {
  return new Set(table?.columns.map((column) => column.name));
}
