import type { TableSchema } from '@objectql/core/driver';

/** One row for each write of a test; its notification is emitted in the same transaction. */
export const writeTable: TableSchema = {
  name: 'crash_write',
  columns: [{ name: 'id', type: 'text', nullable: false }],
  indexes: [],
};
