import {
  inSpan,
  type MaybePromise,
  type TraceContext,
  type Tracer,
} from '@objectos/spec/contracts';
import { insertTogether } from '../driver/insert-together.js';
import { updateEach } from '../driver/update-each.js';
import type { DriverSession, TenantPlace } from '../driver/contract.js';

/** Where the statements of a session belong in a trace. */
export interface StatementTrace {
  readonly tracer: Tracer;
  readonly trace: TraceContext;
}

/** A session whose every statement is a step of the trace. Values never get into it. */
export function traceSession(session: DriverSession, at: StatementTrace): DriverSession {
  const step = <T>(verb: string, table: string, work: () => MaybePromise<T>): MaybePromise<T> => {
    const attributes = { 'db.operation.name': verb, 'db.collection.name': table };
    const span = { name: `${verb} ${table}`, kind: 'client', trace: at.trace, attributes } as const;
    return inSpan(at.tracer, span, work);
  };
  return {
    find: (statement) => step('select', statement.table.name, () => session.find(statement)),
    count: (statement) => step('count', statement.table.name, () => session.count(statement)),
    aggregate: (statement) =>
      step('aggregate', statement.table.name, () => session.aggregate(statement)),
    insert: (table, rows) => step('insert', table.name, () => session.insert(table, rows)),
    insertTogether: (joint) => {
      const names = joint.inserts.map(({ table }) => table.name).join(' ');
      return step('insert', names, () => insertTogether(session, joint));
    },
    update: (statement) => step('update', statement.table.name, () => session.update(statement)),
    updateEach: (statement) =>
      step('update', statement.table.name, () => updateEach(session, statement)),
    delete: (statement) => step('delete', statement.table.name, () => session.delete(statement)),
    claim: (statement) => step('claim', statement.table.name, () => session.claim(statement)),
    follow: (statement) => step('follow', statement.table.name, () => session.follow(statement)),
    lockKey: (key) => session.lockKey(key),
    nested: (work) => session.nested((inner) => work(traceSession(inner, at))),
    get tenants() {
      const { tenants } = session;
      return (
        tenants && { ...tenants, of: (place: TenantPlace) => traceSession(tenants.of(place), at) }
      );
    },
  };
}
