export type { MigrationOutcome, TenantOutcome } from './carry-out.js';
export { describePlan } from './describe.js';
export type { Drift } from './drift.js';
export type { ExecuteOptions } from './execute.js';
export type { MigrationProgress, RunningMigration } from './progress.js';
export type { Inspection } from './inspect.js';
export type { CurrentStep, MigrationRecord, StepRecord } from './journal.js';
export {
  createMigrator,
  type Isolated,
  type IsolateOptions,
  type TenantStatus,
  type AutoMigrate,
  type MigrateOptions,
  type MigrationOverview,
  type MigrationStatus,
  type Migrator,
  type MigratorOptions,
} from './migrator.js';
export {
  targetOf,
  type Fill,
  type MigrationTarget,
  type RecordedSchema,
  type StoredField,
  type TargetField,
  type TargetObject,
} from './model.js';
export { planMigration, type PlanInput } from './plan.js';
export type { PlanReport, TenantReport } from './report.js';
export type { MigrationPlan, MigrationStep, Phase, PlanNote, Risk } from './steps.js';
