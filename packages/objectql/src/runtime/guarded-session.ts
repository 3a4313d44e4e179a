import { insertTogether } from '../driver/insert-together.js';
import { updateEach } from '../driver/update-each.js';
import type { DriverSession, TableSchema } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';

/** Throws where a table is out of reach. */
export type TableGuard = (table: TableSchema, use: 'read' | 'write') => void;

/** A session whose every statement asks the guard first, about related tables too. */
export function guardSession(session: DriverSession, guard: TableGuard): DriverSession {
  const reads = (table: TableSchema, ...filters: readonly (RowFilter | undefined)[]): void => {
    guard(table, 'read');
    for (const filter of filters) if (filter !== undefined) guardFilter(filter, guard);
  };
  const writes = (table: TableSchema, filter?: RowFilter): void => {
    guard(table, 'write');
    if (filter !== undefined) guardFilter(filter, guard);
  };
  return {
    find(statement) {
      reads(statement.table, statement.where);
      return session.find(statement);
    },
    count(statement) {
      reads(statement.table, statement.where);
      return session.count(statement);
    },
    aggregate(statement) {
      reads(statement.table, statement.where, statement.having);
      return session.aggregate(statement);
    },
    insert(table, rows) {
      writes(table);
      return session.insert(table, rows);
    },
    insertTogether(joint) {
      for (const { table, where } of joint.expected) reads(table, where);
      for (const { table } of joint.inserts) writes(table);
      return insertTogether(session, joint);
    },
    update(statement) {
      writes(statement.table, statement.where);
      return session.update(statement);
    },
    updateEach(statement) {
      writes(statement.table);
      return updateEach(session, statement);
    },
    delete(statement) {
      writes(statement.table, statement.where);
      return session.delete(statement);
    },
    claim(statement) {
      writes(statement.table, statement.where);
      return session.claim(statement);
    },
    follow(statement) {
      reads(statement.table, statement.where);
      return session.follow(statement);
    },
    lockKey: (key) => session.lockKey(key),
    nested: (work) => session.nested((inner) => work(guardSession(inner, guard))),
  };
}

function guardFilter(filter: RowFilter, guard: TableGuard): void {
  switch (filter.op) {
    case 'and':
    case 'or':
      for (const arg of filter.args) guardFilter(arg, guard);
      return;
    case 'not':
      return guardFilter(filter.arg, guard);
    case 'exists':
      guard(filter.table, 'read');
      if (filter.where !== undefined) guardFilter(filter.where, guard);
      return;
    default:
      return;
  }
}
