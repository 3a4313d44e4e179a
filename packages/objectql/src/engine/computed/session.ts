import type { ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type {
  DriverSession,
  FindStatement,
  Row,
  TableSchema,
  TenantPlace,
} from '../../driver/contract.js';
import { insertTogether } from '../../driver/insert-together.js';
import { updateEach } from '../../driver/update-each.js';
import type { FieldMeta, MetadataSnapshot, ObjectMeta } from '../../metadata/compiled.js';
import type { EngineParts } from '../parts.js';
import { run, wait, type Steps } from '../steps.js';
import { evaluateFormula, formulasFor, isFormula, surroundingsOf } from './evaluate.js';
import { loadRelated } from './related.js';
import { columnsOf } from './statement-columns.js';

/** What the session of an operation is made for. */
export interface SessionScope {
  readonly parts: EngineParts;
  readonly snapshot: MetadataSnapshot;
  readonly ctx: ExecutionContext;
}

const ownersOf = new WeakMap<MetadataSnapshot, ReadonlyMap<TableSchema, ObjectMeta>>();

/** The session with which an operation reads what its context may see. */
export function readSession(scope: SessionScope): DriverSession {
  return computingSession(scope.parts.transactions.sessionOf(scope.ctx), scope);
}

/**
 * A session that knows formula fields. Those that the database computes pass; the others are
 * evaluated after the rows are read, all rows together, and refused where rows are chosen, ordered
 * or grouped by them: one place for every query there is.
 */
export function computingSession(session: DriverSession, scope: SessionScope): DriverSession {
  const owners = ownersWithFormulas(scope.snapshot);
  if (owners.size === 0) return session;
  const computing: DriverSession = {
    find(statement) {
      refuseUncomputed(statement, owners, scope);
      const meta = owners.get(statement.table);
      const evaluated = meta === undefined ? [] : evaluatedOf(meta, statement.columns, scope);
      if (meta === undefined || evaluated.length === 0) return session.find(statement);
      return run(findAndEvaluate(computing, session, { meta, statement, evaluated, scope }));
    },
    count(statement) {
      refuseUncomputed(statement, owners, scope);
      return session.count(statement);
    },
    aggregate(statement) {
      refuseUncomputed(statement, owners, scope);
      return session.aggregate(statement);
    },
    insert: (table, rows) => session.insert(table, rows),
    insertTogether: (joint) => insertTogether(session, joint),
    update: (statement) => session.update(statement),
    updateEach: (statement) => updateEach(session, statement),
    delete: (statement) => session.delete(statement),
    claim: (statement) => session.claim(statement),
    follow: (statement) => session.follow(statement),
    lockKey: (key) => session.lockKey(key),
    nested: (work) => session.nested((inner) => work(computingSession(inner, scope))),
    get tenants() {
      const { tenants } = session;
      return (
        tenants && {
          ...tenants,
          of: (place: TenantPlace) => computingSession(tenants.of(place), scope),
        }
      );
    },
  };
  return computing;
}

interface Evaluation {
  readonly meta: ObjectMeta;
  readonly statement: FindStatement;
  readonly evaluated: readonly string[];
  readonly scope: SessionScope;
}

function* findAndEvaluate(
  computing: DriverSession,
  session: DriverSession,
  { meta, statement, evaluated, scope }: Evaluation,
): Steps<Row[]> {
  const fields = formulasFor(meta, evaluated).filter((field) => !isUsable(field, scope));
  const own = new Set(fields.map((field) => field.name));
  const columns = new Set(statement.columns.filter((name) => !own.has(name)));
  for (const { formula } of fields) {
    for (const { steps, field } of formula.reads) {
      const column = steps[0]?.field ?? field;
      if (!own.has(column)) columns.add(column);
    }
  }
  const rows = yield* wait(session.find({ ...statement, columns: [...columns] }));
  yield* evaluateInto(rows, fields, { ...scope, session: computing });
  const asked = new Set(statement.columns);
  return rows.map((row) => shaped(row, statement.columns, asked));
}

/** Computes formulas into rows that hold everything that they read of the rows themselves. */
export function* evaluateInto(
  rows: readonly RecordData[],
  fields: ReturnType<typeof formulasFor>,
  scope: SessionScope & { readonly session: DriverSession },
): Steps<void> {
  const { parts, snapshot, ctx, session } = scope;
  const surroundings = surroundingsOf(ctx, parts.now());
  const crossing = fields.flatMap(({ formula }) =>
    formula.reads.filter((read) => read.steps.length > 0),
  );
  const readPath =
    crossing.length === 0
      ? undefined
      : yield* loadRelated({ gate: parts.gate, snapshot, session, ctx }, rows, crossing);
  for (const row of rows) {
    const get =
      readPath === undefined ? undefined : (path: readonly string[]) => readPath(row, path);
    for (const field of fields) row[field.name] = evaluateFormula(field, row, surroundings, get);
  }
}

/** What was asked for, in the order in which it was. */
function shaped(row: Row, columns: readonly string[], asked: ReadonlySet<string>): Row {
  const result: Row = {};
  for (const name of columns) result[name] = row[name];
  for (const name of Object.keys(row)) {
    // Columns that the statement made for itself stay.
    if (!asked.has(name) && name.includes(':')) result[name] = row[name];
  }
  return result;
}

function evaluatedOf(
  meta: ObjectMeta,
  columns: readonly string[],
  scope: SessionScope,
): readonly string[] {
  return columns.filter((name) => {
    const field = meta.fields.get(name);
    return isFormula(field) && !isUsable(field, scope);
  });
}

/**
 * True when the database may compute the formula for this principal. One that reads related records
 * only where policy lets all of them through: SQL that stands in metadata knows no principal.
 */
function isUsable({ formula }: FieldMeta, { parts, snapshot, ctx }: SessionScope): boolean {
  if (formula === undefined) return true;
  if (formula.refused !== undefined) return false;
  if (parts.options.driver.capabilities.expressions === undefined) return false;
  if (!formula.crosses) return true;
  return formula.reads.every(({ steps }) =>
    steps.every(({ target }) => {
      const admission = parts.gate.admitQuietly(snapshot, target, 'read', ctx);
      return admission?.restricted === false;
    }),
  );
}

function refuseUncomputed(
  statement: Parameters<typeof columnsOf>[0],
  owners: ReadonlyMap<TableSchema, ObjectMeta>,
  scope: SessionScope,
): void {
  for (const [table, name] of columnsOf(statement)) {
    const meta = owners.get(table);
    const field = meta?.fields.get(name);
    if (meta === undefined || !isFormula(field) || isUsable(field, scope)) continue;
    const reason =
      field.formula.refused ??
      (field.formula.crosses && scope.parts.options.driver.capabilities.expressions !== undefined
        ? 'it reads related records, of which you may not see all'
        : 'the database of this application does not compute formulas');
    throw createError('formula_not_in_database', { object: meta.name, field: name, reason });
  }
}

function ownersWithFormulas(snapshot: MetadataSnapshot): ReadonlyMap<TableSchema, ObjectMeta> {
  let owners = ownersOf.get(snapshot);
  if (owners === undefined) {
    owners = new Map(
      [...snapshot.objects.values()]
        .filter((meta) => meta.formulas.length > 0)
        .map((meta) => [meta.table, meta]),
    );
    ownersOf.set(snapshot, owners);
  }
  return owners;
}
