import type { ColumnType, TableSchema } from '../driver/contract.js';

/**
 * Tables of the engine itself. They are written only by the code that owns them; no generic route
 * and no query of a principal reaches them, because they are not objects of the metadata.
 */

const changeLogColumns = table('sys_change_log', 'seq', {
  seq: 'integer',
  object: 'text',
  record_id: 'text',
  operation: 'text',
  revision: 'integer',
  changed: 'json',
  before: 'json',
  after: 'json',
  actor: 'text',
  organization_id: 'text',
  cause: 'json',
  request_id: 'text',
  origin: 'json',
  impersonated_by: 'text',
  at: 'datetime',
});

/**
 * One row per written record, in the transaction of the write: each index here costs every write.
 * Who looks by time begins at a `seq`, which grows with it.
 */
export const changeLogTable: TableSchema = {
  ...changeLogColumns,
  indexes: [
    { name: 'ix_sys_change_log_record', columns: ['object', 'record_id', 'seq'], unique: false },
  ],
};

/** Which plugins are installed, at which version, and whether they are enabled. */
export const pluginTable = table('sys_plugin', undefined, {
  id: 'text',
  version: 'text',
  enabled: 'boolean',
});

/** Key-value storage of plugins; `id` is `<plugin> <key>`. */
export const pluginStorageTable = table('sys_plugin_storage', undefined, {
  id: 'text',
  plugin: 'text',
  key: 'text',
  value: 'json',
});

const idempotencyColumns = table('sys_idempotency', undefined, {
  id: 'text',
  fingerprint: 'text',
  result: 'json',
  expires_at: 'datetime',
});

/** Requests that have had their effect, with their answers; `id` is tenant, principal, scope and key. */
export const idempotencyTable: TableSchema = {
  ...idempotencyColumns,
  indexes: [{ name: 'ix_sys_idempotency_expires', columns: ['expires_at'], unique: false }],
};

/** What is true of the installation as a whole, its secret among it. */
export const installationTable = table('sys_installation', undefined, {
  id: 'text',
  value: 'text',
});

/** Counters of automatic numbers; `id` is object and field, organization, and period. */
export const sequenceTable = table('sys_sequence', undefined, {
  id: 'text',
  value: 'integer',
});

const migrationColumns = table('sys_migration', undefined, {
  id: 'text',
  kind: 'text',
  state: 'text',
  version: 'text',
  shape: 'text',
  before: 'json',
  after: 'json',
  done: 'json',
  current: 'json',
  started_at: 'datetime',
  finished_at: 'datetime',
  node: 'text',
  failure: 'text',
});

/**
 * Migrations that were done and the one that is being done, with what undoing them needs. Schemas of
 * organizations have one each.
 */
export const migrationTable: TableSchema = { ...migrationColumns, tenant: true };

/** Organizations that have a schema of their own, and the version of the tables in it. */
export const tenantSchemaTable = table('sys_tenant_schema', undefined, {
  id: 'text',
  version: 'text',
  made_at: 'datetime',
  failure: 'text',
});

/** Limits that organizations have of their own; `id` is organization and quota. `max` -1: none at all. */
export const quotaTable = table('sys_quota', undefined, {
  id: 'text',
  organization_id: 'text',
  quota: 'text',
  max: 'integer',
  updated_by: 'text',
  updated_at: 'datetime',
});

/** What organizations use; `id` as in {@link quotaTable}. `counted_at`: when all was counted anew. */
export const usageTable = table('sys_quota_usage', undefined, {
  id: 'text',
  organization_id: 'text',
  period: 'text',
  used: 'integer',
  counted_at: 'datetime',
});

/** Every table of the engine, for the schema of the database. */
export const systemTables: readonly TableSchema[] = [
  changeLogTable,
  idempotencyTable,
  pluginTable,
  pluginStorageTable,
  installationTable,
  sequenceTable,
  migrationTable,
  quotaTable,
  usageTable,
  tenantSchemaTable,
];

function table(
  name: string,
  sequence: string | undefined,
  columns: Readonly<Record<string, ColumnType>>,
): TableSchema {
  return {
    name,
    columns: Object.entries(columns).map(([column, type]) => ({
      name: column,
      type,
      nullable: column !== 'id' && column !== sequence,
    })),
    indexes: [],
    ...(sequence === undefined ? {} : { sequence }),
  };
}
