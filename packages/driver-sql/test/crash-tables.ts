import type { TableSchema } from '@objectql/core/driver';

/** A record as large as the test wants it. */
export const record: TableSchema = {
  name: 'record',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'body', type: 'text', nullable: true },
  ],
  indexes: [{ name: 'record_body', columns: ['body'], unique: false }],
};

/** One row for each record, written in the same transaction. */
export const changeLog: TableSchema = {
  name: 'change_log',
  sequence: 'sequence',
  columns: [
    { name: 'sequence', type: 'integer', nullable: false },
    { name: 'record', type: 'text', nullable: false },
  ],
  indexes: [{ name: 'change_log_record', columns: ['record'], unique: true }],
};
