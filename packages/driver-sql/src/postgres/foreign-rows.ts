import type { PoolClient } from 'pg';
import { FOREIGN_TRANSACTION, postgresDialect, TRANSACTION_COLUMN } from './dialect.js';

const NUMBERED = `
SELECT class.relname AS name FROM pg_attribute AS attribute
JOIN pg_class AS class ON class.oid = attribute.attrelid
WHERE attribute.attname = $1 AND class.relkind = 'r'
  AND class.relnamespace = current_schema()::regnamespace`;

/**
 * A dump restored from another server brings the transactions of that server, which may lie ahead of
 * this server's: such rows would be followed only when it gets there, and then in the wrong order.
 * They become rows of one transaction before all others.
 */
export async function adoptForeignRows(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ name: string }>(NUMBERED, [TRANSACTION_COLUMN]);
  for (const { name } of rows) {
    const column = `"${TRANSACTION_COLUMN}"`;
    await client.query(
      `UPDATE ${postgresDialect.quote(name)} SET ${column} = '${FOREIGN_TRANSACTION}'
       WHERE ${column} >= pg_snapshot_xmax(pg_current_snapshot())`,
    );
  }
}
