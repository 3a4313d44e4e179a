import {
  inSpan,
  type MaybePromise,
  type TraceContext,
  type Tracer,
} from '@objectos/spec/contracts';
import { insertTogether } from '../driver/insert-together.js';
import { updateEach } from '../driver/update-each.js';
import type { DriverSession, TableSchema, TenantPlace } from '../driver/contract.js';

/** Where the statements of a session belong in a trace. */
export interface StatementTrace {
  readonly tracer: Tracer;
  readonly trace: TraceContext;
}

/** A session whose every statement is a step of the trace. Values never get into it. */
export function traceSession(session: DriverSession, at: StatementTrace): DriverSession {
  const take = <T>({ name, attributes }: Step, work: () => MaybePromise<T>): MaybePromise<T> => {
    const span = { name, kind: 'client', trace: at.trace, attributes } as const;
    return inSpan(at.tracer, span, work);
  };
  const step = <T>(verb: string, table: TableSchema, work: () => MaybePromise<T>) =>
    take(stepOf(verb, table), work);
  return {
    find: (statement) => step('select', statement.table, () => session.find(statement)),
    count: (statement) => step('count', statement.table, () => session.count(statement)),
    aggregate: (statement) =>
      step('aggregate', statement.table, () => session.aggregate(statement)),
    insert: (table, rows) => step('insert', table, () => session.insert(table, rows)),
    insertTogether: (joint) => {
      const names = joint.inserts.map(({ table }) => table.name).join(' ');
      return take(newStep('insert', names), () => insertTogether(session, joint));
    },
    update: (statement) => step('update', statement.table, () => session.update(statement)),
    updateEach: (statement) =>
      step('update', statement.table, () => updateEach(session, statement)),
    delete: (statement) => step('delete', statement.table, () => session.delete(statement)),
    claim: (statement) => step('claim', statement.table, () => session.claim(statement)),
    follow: (statement) => step('follow', statement.table, () => session.follow(statement)),
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

/** What all statements of one kind on a table have in common; frozen, so that a tracer may keep it. */
interface Step {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

const steps = new WeakMap<TableSchema, Map<string, Step>>();

function stepOf(verb: string, table: TableSchema): Step {
  let known = steps.get(table);
  if (known === undefined) steps.set(table, (known = new Map<string, Step>()));
  let step = known.get(verb);
  if (step === undefined) {
    step = newStep(verb, table.name);
    known.set(verb, step);
  }
  return step;
}

function newStep(verb: string, table: string): Step {
  const attributes = { 'db.operation.name': verb, 'db.collection.name': table };
  return { name: `${verb} ${table}`, attributes: Object.freeze(attributes) };
}
