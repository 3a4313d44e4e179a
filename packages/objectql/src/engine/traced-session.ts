import {
  inSpan,
  type MaybePromise,
  type TraceContext,
  type Tracer,
} from '@objectos/spec/contracts';
import { insertTogether } from '../driver/insert-together.js';
import { updateEach } from '../driver/update-each.js';
import type {
  AggregateStatement,
  ClaimStatement,
  CountStatement,
  DeleteStatement,
  DriverSession,
  FindStatement,
  FollowedRows,
  FollowStatement,
  JointInsert,
  Row,
  TableSchema,
  TenantSessions,
  UpdateEachStatement,
  UpdateStatement,
} from '../driver/contract.js';

/** Where the statements of a session belong in a trace. */
export interface StatementTrace {
  readonly tracer: Tracer;
  readonly trace: TraceContext;
}

/** A session whose every statement is a step of the trace. Values never get into it. */
export function traceSession(session: DriverSession, at: StatementTrace): DriverSession {
  return new TracedSession(session, at);
}

/** A class because one is made for every traced read: an object of fourteen closures costs more than a read. */
class TracedSession implements DriverSession {
  constructor(
    readonly session: DriverSession,
    readonly at: StatementTrace,
  ) {}

  find(statement: FindStatement): MaybePromise<Row[]> {
    return this.step('select', statement.table, () => this.session.find(statement));
  }

  count(statement: CountStatement): MaybePromise<number> {
    return this.step('count', statement.table, () => this.session.count(statement));
  }

  aggregate(statement: AggregateStatement): MaybePromise<Row[]> {
    return this.step('aggregate', statement.table, () => this.session.aggregate(statement));
  }

  insert(table: TableSchema, rows: readonly Row[]): MaybePromise<void> {
    return this.step('insert', table, () => this.session.insert(table, rows));
  }

  insertTogether(joint: JointInsert): MaybePromise<void> {
    const names = joint.inserts.map(({ table }) => table.name).join(' ');
    return this.take(newStep('insert', names), () => insertTogether(this.session, joint));
  }

  update(statement: UpdateStatement): MaybePromise<number> {
    return this.step('update', statement.table, () => this.session.update(statement));
  }

  updateEach(statement: UpdateEachStatement): MaybePromise<number> {
    return this.step('update', statement.table, () => updateEach(this.session, statement));
  }

  delete(statement: DeleteStatement): MaybePromise<number> {
    return this.step('delete', statement.table, () => this.session.delete(statement));
  }

  claim(statement: ClaimStatement): MaybePromise<Row[]> {
    return this.step('claim', statement.table, () => this.session.claim(statement));
  }

  follow(statement: FollowStatement): MaybePromise<FollowedRows> {
    return this.step('follow', statement.table, () => this.session.follow(statement));
  }

  lockKey(key: string): MaybePromise<void> {
    return this.session.lockKey(key);
  }

  nested<T>(work: (session: DriverSession) => MaybePromise<T>): MaybePromise<T> {
    return this.session.nested((inner) => work(traceSession(inner, this.at)));
  }

  get tenants(): TenantSessions | undefined {
    const { tenants } = this.session;
    return tenants && { ...tenants, of: (place) => traceSession(tenants.of(place), this.at) };
  }

  private step<T>(verb: string, table: TableSchema, work: () => MaybePromise<T>): MaybePromise<T> {
    return this.take(stepOf(verb, table), work);
  }

  private take<T>({ name, attributes }: Step, work: () => MaybePromise<T>): MaybePromise<T> {
    const { tracer, trace } = this.at;
    return inSpan(tracer, { name, kind: 'client', trace, attributes }, work);
  }
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
