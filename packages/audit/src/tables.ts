import type { ColumnType, TableSchema } from '@objectql/core/driver';

/** Entries. `chain` is the tenant, or empty. Only inserted, but for the erasure of values. */
export const auditTable: TableSchema = {
  ...table('sys_audit', {
    chain: 'text',
    sequence: 'integer',
    at: 'datetime',
    kind: 'text',
    actor: 'text',
    impersonated_by: 'text',
    object: 'text',
    record_id: 'text',
    revision: 'integer',
    changed: 'json',
    /** Before, after, detail and origin, as one JSON text: what the hash is over. */
    content: 'text',
    content_hash: 'text',
    request_id: 'text',
    /** The row of the change log that this entry tells of. */
    change_seq: 'integer',
    hash: 'text',
    erased: 'boolean',
  }),
  indexes: [
    { name: 'ux_sys_audit_chain', columns: ['chain', 'sequence'], unique: true },
    { name: 'ux_sys_audit_change', columns: ['change_seq'], unique: true },
    { name: 'ix_sys_audit_record', columns: ['object', 'record_id', 'at'], unique: false },
    { name: 'ix_sys_audit_at', columns: ['at'], unique: false },
  ],
};

/** The last entry of each chain; its row is locked by who appends. */
export const headTable: TableSchema = table('sys_audit_head', {
  sequence: 'integer',
  hash: 'text',
  /** Of the end as it is; null where the installation has no key. */
  signature: 'text',
});

/** Signed states of chains. */
export const checkpointTable: TableSchema = {
  ...table('sys_audit_checkpoint', {
    chain: 'text',
    sequence: 'integer',
    hash: 'text',
    signature: 'text',
    at: 'datetime',
  }),
  indexes: [{ name: 'ix_sys_audit_checkpoint', columns: ['chain', 'sequence'], unique: false }],
};

/** All tables of the plugin. */
export const auditTables: readonly TableSchema[] = [auditTable, headTable, checkpointTable];

/** The columns of a table, by name. */
export function columnsOf({ columns }: TableSchema): readonly string[] {
  return columns.map((column) => column.name);
}

function table(name: string, columns: Readonly<Record<string, ColumnType>>): TableSchema {
  return {
    name,
    columns: Object.entries({ id: 'text' as const, ...columns }).map(([column, type]) => ({
      name: column,
      type,
      nullable: column !== 'id',
    })),
    indexes: [],
  };
}
