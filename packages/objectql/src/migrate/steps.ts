import type { ColumnSchema, IndexSchema, TableSchema } from '../driver/contract.js';
import type { ValueCheck } from '../values/outcome.js';
import type { Fill, TargetField } from './model.js';

/** The four parts of a migration, in their order. */
export const PHASES = ['expand', 'backfill', 'verify', 'contract'] as const;

/** A part of a migration. */
export type Phase = (typeof PHASES)[number];

/**
 * What a step may cost. `safe`: no value is touched. `backfill`: values are written, none is lost.
 * `destructive`: values are gone from their place afterwards.
 */
export type Risk = 'safe' | 'backfill' | 'destructive';

/** What every step says about itself. */
export interface StepBase {
  /** Tells the step from all others of its plan, and is the same when the plan is made again. */
  readonly key: string;
  readonly phase: Phase;
  readonly risk: Risk;
  /** What it does, for people. */
  readonly description: string;
  /** Why it is needed, for people. */
  readonly reason: string;
}

/** The rows of an object as they lie in the database, and the names its columns will have. */
export interface RowSource {
  readonly table: TableSchema;
  /** Name in the target, by name in `table`; names that stay are left out. */
  readonly names: ReadonlyMap<string, string>;
}

/** Where data lies before the migration and while it runs. */
export interface Rows {
  readonly object: string;
  /** As it is before the first step, for looking ahead; absent when the table will be new. */
  readonly before: RowSource | undefined;
  /** As it is after `expand`. */
  readonly during: RowSource;
}

/** A step of a migration. */
export type MigrationStep = StepBase &
  (
    | { readonly kind: 'createTable'; readonly table: TableSchema }
    | { readonly kind: 'renameTable'; readonly from: string; readonly to: string }
    | {
        readonly kind: 'renameColumn';
        readonly table: string;
        readonly from: string;
        readonly to: string;
      }
    | { readonly kind: 'addColumn'; readonly table: TableSchema; readonly column: ColumnSchema }
    | {
        readonly kind: 'dropIndex';
        readonly table: string;
        readonly index: string;
        readonly fullText?: boolean | undefined;
      }
    | { readonly kind: 'createIndex'; readonly table: TableSchema; readonly index: IndexSchema }
    | { readonly kind: 'relabelObject'; readonly from: string; readonly to: string }
    | {
        readonly kind: 'relabelFields';
        readonly object: string;
        readonly fields: readonly { readonly from: string; readonly to: string }[];
      }
    | {
        readonly kind: 'fill';
        readonly rows: Rows;
        readonly field: TargetField;
        readonly fill: Fill;
      }
    | ({ readonly kind: 'convert' } & Convert)
    | { readonly kind: 'checkValues'; readonly rows: Rows; readonly field: TargetField }
    | { readonly kind: 'checkRequired'; readonly rows: Rows; readonly field: TargetField }
    | { readonly kind: 'checkUnique'; readonly rows: Rows; readonly index: IndexSchema }
    | ({ readonly kind: 'swap' } & Convert)
    | { readonly kind: 'dropColumn'; readonly rows: Rows; readonly column: ColumnSchema }
    | { readonly kind: 'dropTable'; readonly table: TableSchema }
    | {
        readonly kind: 'restore';
        readonly rows: Rows;
        readonly column: string;
        readonly kept: string;
      }
  );

/** A column whose values move to a new one of another type. */
export interface Convert {
  readonly rows: Rows;
  readonly field: TargetField;
  /** Type before. */
  readonly from: ColumnSchema;
  /** The new column until it takes the name of the old one. */
  readonly temporary: string;
  readonly convert: ValueCheck;
  /** Values that do not convert are kept aside and become empty. */
  readonly lossy: boolean;
  /** Another step gives values to records that had none. */
  readonly filled: boolean;
}

/** A step of one kind. */
export type StepOf<K extends MigrationStep['kind']> = Extract<MigrationStep, { kind: K }>;

/** Something that keeps a plan from being carried out, or that its reader should know. */
export interface PlanNote {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** What leads from a database to its metadata. */
export interface MigrationPlan {
  /** Version of the metadata that the plan leads to. */
  readonly version: string;
  /** In the order in which they must be done. */
  readonly steps: readonly MigrationStep[];
  /** Why the plan cannot be carried out; empty when it can. */
  readonly problems: readonly PlanNote[];
  readonly notices: readonly PlanNote[];
}

/** The steps that lose something: they need consent. */
export function destructiveSteps(plan: MigrationPlan): MigrationStep[] {
  return plan.steps.filter((step) => step.risk === 'destructive');
}

/** The greatest risk among steps; `safe` when there are none. */
export function riskOf(steps: readonly MigrationStep[]): Risk {
  if (steps.some((step) => step.risk === 'destructive')) return 'destructive';
  return steps.some((step) => step.risk === 'backfill') ? 'backfill' : 'safe';
}

/** Steps in the order of their phases; within a phase they keep their order. */
export function inOrder(steps: readonly MigrationStep[]): MigrationStep[] {
  return PHASES.flatMap((phase) => steps.filter((step) => step.phase === phase));
}
