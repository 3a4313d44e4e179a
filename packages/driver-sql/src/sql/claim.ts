import type { ClaimStatement, DriverSession, Row } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import { andThen } from './maybe.js';

/** Locks what nobody else holds, changes it, and answers with it as it is then. */
export function claimRows(
  session: DriverSession,
  { table, where, orderBy, limit, set, returning }: ClaimStatement,
): MaybePromise<Row[]> {
  const key = table.sequence ?? 'id';
  const columns = returning.includes(key) ? returning : [...returning, key];
  const found = session.find({ table, columns, where, orderBy, limit, lock: 'skip' });
  return andThen(found, (rows) => {
    if (rows.length === 0) return [];
    const keys = rows.map((row) => row[key] as string | number);
    const changed = session.update({ table, set, where: { op: 'in', field: key, value: keys } });
    return andThen(changed, () => rows.map((row) => claimed(row, returning, set)));
  });
}

function claimed(row: Row, returning: readonly string[], set: Row): Row {
  return Object.fromEntries(
    returning.map((name) => [name, Object.hasOwn(set, name) ? set[name] : row[name]]),
  );
}
