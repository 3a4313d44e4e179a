import { entry } from '../define.js';

/** Errors of the databases below the engine. */
export const driverErrors = {
  driver_unavailable: entry<{ driver: string; reason: string }>({
    category: 'maintenance',
    status: 503,
    retryable: true,
    message: (p) => `The database (${p.driver}) does not answer: ${p.reason}.`,
    hint: () => 'Check that it runs and that DATABASE_URL is right; the request may be repeated.',
  }),
  transaction_conflict: entry<{ driver: string }>({
    category: 'maintenance',
    status: 503,
    retryable: true,
    message: (p) => `The write met others again and again (${p.driver}); nothing was written.`,
    hint: () => 'Repeat it. If this goes on, write less in one request, in a stable order.',
  }),
  statement_timeout: entry<{ driver: string; operation: string }>({
    category: 'maintenance',
    status: 503,
    retryable: true,
    message: (p) => `The database (${p.driver}) took too long in "${p.operation}" and was stopped.`,
    hint: () => 'Ask for less or add an index; an operator can raise the time limit of statements.',
  }),
  driver_capability_missing: entry<{ driver: string; capability: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The driver "${p.driver}" cannot do "${p.capability}".`,
    hint: () => 'Use another query, or a database that supports it.',
  }),
  storage_full: entry<{ driver: string }>({
    category: 'server',
    status: 507,
    retryable: true,
    message: (p) => `The database (${p.driver}) has no space left; nothing was written.`,
    hint: () => 'Free or add disk space. Reads go on meanwhile.',
  }),
  storage_failed: entry<{ driver: string; operation: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The database (${p.driver}) failed in "${p.operation}".`,
    hint: () => 'The log has the cause under this request id.',
  }),
  unsupported_value: entry<{ table: string; column: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `The database cannot take this value for "${p.table}.${p.column}": ${p.reason}.`,
    hint: () => 'Send a value of the type of the field; the whole statement was refused.',
  }),
  unsupported_database_url: entry<{ url: string }>({
    category: 'server',
    status: 500,
    message: (p) => `"${p.url}" is not a database URL this driver knows.`,
    hint: () =>
      'Use sqlite:./data/app.sqlite, sqlite::memory:, a path ending in .sqlite, postgres://user:password@host/database (with pool=2 to 100, schema, statement_timeout), or mongodb://user:password@host/database (with pool, statement_timeout).',
  }),
  table_not_accessible: entry<{ table: string }>({
    category: 'server',
    status: 500,
    message: (p) => `A plugin reached for the table "${p.table}", which is not its own.`,
    hint: () => 'Read and write records of objects through the data engine.',
  }),
  tenant_required: entry<{ table: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `"${p.table}" holds records of organizations, and none was chosen.`,
    hint: () =>
      'Each organization has a schema of its own here. Work in an organization; the system says systemContext(name, { tenantId }), or { installation: true } for records without one.',
  }),
  tenant_schema_missing: entry<{ schema: string }>({
    category: 'maintenance',
    status: 503,
    message: (p) => `The schema "${p.schema}" of this organization, or a table of it, is missing.`,
    hint: () =>
      'Look with "objectos migrate status"; "objectos tenant isolate" makes the schema of an organization that has none.',
  }),
  tenant_isolation_unsupported: entry<{ driver: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The database (${p.driver}) keeps no schemas of organizations.`,
    hint: () =>
      'Say "tenancy: { isolation: schema }", on PostgreSQL; or leave it out: rows are isolated on every database.',
  }),
  tenant_isolation_pending: entry<{ isolation: 'row' | 'schema'; organizations: number }>({
    category: 'conflict',
    status: 409,
    message: (p) =>
      p.isolation === 'schema'
        ? `The records of ${p.organizations} organizations do not lie in schemas of their own yet.`
        : `The records of ${p.organizations} organizations lie in schemas of their own.`,
    hint: (p) =>
      p.isolation === 'schema'
        ? 'Nothing was changed. Stop every node, make a backup, and run "objectos tenant isolate".'
        : 'Set "tenancy: { isolation: schema }" again, or move them back with "objectos tenant isolate --undo".',
  }),
  tenant_migration_failed: entry<{ reasons: readonly string[] }>({
    category: 'conflict',
    status: 409,
    message: (p) =>
      `The schemas of ${p.reasons.length} organizations could not be migrated; the others are:\n${p.reasons.join('\n')}`,
    hint: () =>
      'Correct what their records do not allow and run "objectos migrate apply" again: it goes on with these.',
  }),
  tenant_migration_running: entry<{ organization: string }>({
    category: 'maintenance',
    status: 503,
    retryable: true,
    message: (p) => `The schema of "${p.organization}" cannot be made while a migration runs.`,
    hint: () => 'Repeat it when the migration is done.',
  }),
  destructive_schema_change: entry<{ changes: readonly string[] }>({
    category: 'conflict',
    status: 409,
    message: (p) => `The schema change would lose data: ${p.changes.join('; ')}.`,
    hint: () => 'Nothing was changed. Keep the field, or remove its data on purpose.',
  }),
  migration_required: entry<{ steps: readonly string[] }>({
    category: 'conflict',
    status: 409,
    message: (p) =>
      `The database does not fit the metadata, and the steps are more than a start may do by itself:\n${p.steps.join('\n')}`,
    hint: () =>
      'Nothing was changed. Look with "objectos migrate plan", then run "objectos migrate apply".',
  }),
  migration_blocked: entry<{ problems: readonly string[] }>({
    category: 'conflict',
    status: 409,
    message: (p) => `The database cannot be migrated: ${p.problems.join(' ')}`,
    hint: () => 'Run "objectos migrate plan" to see for each what to do.',
  }),
  migration_failed: entry<{ step: string; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The migration stopped at "${p.step}": ${p.reason}`,
    hint: () =>
      'What was done before stays and no value is lost. Run "objectos migrate apply" again to go on.',
  }),
  migration_undo_impossible: entry<{ reason: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `There is no migration to undo: ${p.reason}.`,
    hint: () => 'See "objectos migrate status" for what was done.',
  }),
};
