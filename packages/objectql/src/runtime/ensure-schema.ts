import { createError } from '@objectos/spec/errors';
import type { Driver, SchemaChange, TableSchema } from '../driver/contract.js';
import { diffSchema } from '../driver/schema-diff.js';

/**
 * Adds what is missing in the database. Nothing is ever removed or changed here. Of several nodes
 * that start at the same time, one adds and the others find it done.
 *
 * @returns how many changes were made
 * @throws `destructive_schema_change`
 */
export async function ensureSchema(
  driver: Driver,
  target: readonly TableSchema[],
): Promise<number> {
  const missing = async (): Promise<SchemaChange[]> => {
    const { changes, destructive } = diffSchema(await driver.introspect(), target);
    if (destructive.length === 0) return changes;
    throw createError('destructive_schema_change', { changes: destructive });
  };
  const add = async (): Promise<number> => {
    const changes = await missing();
    if (changes.length > 0) await driver.applySchema(changes);
    return changes.length;
  };
  if ((await missing()).length === 0) return 0;
  return driver.exclusive === undefined ? add() : driver.exclusive('schema', add);
}
