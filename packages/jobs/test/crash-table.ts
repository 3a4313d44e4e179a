import type { TableSchema } from '@objectql/core/driver';

/** One row for each effect of a job; a second one of the same job would be refused. */
export const effectTable: TableSchema = {
  name: 'effect',
  columns: [{ name: 'id', type: 'text', nullable: false }],
  indexes: [],
};
