import type { DriverSession, TableSchema, TenantSessions } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import type { Dialect } from './dialect.js';
import { storageFailed } from './errors.js';
import { andThen } from './maybe.js';
import { plannerOf, type Planner, type TablePlan } from './plan.js';
import { schemaChangeSql } from './schema.js';
import type { Executor } from './executor.js';

/** Organizations whose tables stay prepared; those of another one are prepared again. */
const PREPARED_PLACES = 100;

/** Prepares the tables of organizations that have a schema each. */
export interface TenantPlanners {
  at(organization: string | null | undefined): Planner;
  /** The name of the schema of an organization. */
  schemaOf(organization: string): string;
  /** Says in the database itself whose schema it is. */
  note(): string;
  /** A statement that keeps the exclusive work whose name it binds away; answers whether it could. */
  readonly hold: string;
}

/** The planner of a driver that keeps a schema for each organization; by itself it has no place. */
export function createTenantPlanner(
  base: Pick<Planner, 'dialect' | 'observe'>,
  schemas: Omit<TenantPlanners, 'at'>,
): Planner {
  const places = new Map<string, Planner>();
  const tenants: TenantPlanners = {
    ...schemas,
    at(organization) {
      if (organization === undefined) return nowhere;
      if (organization === null) return shared;
      const known = places.get(organization);
      const planner = known ?? make(organization);
      if (known !== undefined) places.delete(organization);
      else if (places.size >= PREPARED_PLACES) places.delete(places.keys().next().value ?? '');
      // A map keeps the order of insertion: the first is the one that nobody used for longest.
      places.set(organization, planner);
      return planner;
    },
  };
  const make = (organization: string): Planner =>
    plannerOf(
      { ...base, tenants, place: organization },
      `${base.dialect.quote(schemas.schemaOf(organization))}.`,
    );
  const shared = plannerOf({ ...base, tenants, place: null }, '');
  const nowhere = plannerOf({ ...base, tenants, place: undefined }, '');
  return nowhere;
}

/** What a session can do with the schemas of organizations. */
export function tenantSessions(
  { planner, executor, inTransaction }: TenantScope,
  bound: (planner: Planner) => DriverSession,
): TenantSessions | undefined {
  const { tenants, dialect } = planner;
  if (tenants === undefined) return undefined;
  const script = (statements: readonly string[]): MaybePromise<void> => {
    if (!inTransaction || executor.script === undefined) {
      throw storageFailed(dialect.name, 'a change of schemas outside a transaction');
    }
    return executor.script(statements);
  };
  return {
    of: (organization) => bound(tenants.at(organization)),
    hold(name) {
      if (!inTransaction) throw storageFailed(dialect.name, 'a lock outside a transaction');
      return andThen(executor.all(tenants.hold, [name]), (rows) => rows[0]?.[0] === true);
    },
    create: (organization, tables) =>
      script([
        `CREATE SCHEMA ${dialect.quote(tenants.schemaOf(organization))}`,
        `COMMENT ON SCHEMA ${dialect.quote(tenants.schemaOf(organization))} IS '${tenants.note()}'`,
        ...withinSchema(
          tenants.schemaOf(organization),
          tables.flatMap(createTable(dialect)),
          dialect,
        ),
      ]),
    drop: (organization) =>
      script([`DROP SCHEMA ${dialect.quote(tenants.schemaOf(organization))} CASCADE`]),
    move(organization, tables, to) {
      const [shared, own] = [tenants.at(null), tenants.at(organization)];
      const [from, into] = to === 'schema' ? [shared, own] : [own, shared];
      return moveRows(tables.map((table) => [from.plan(table), into.plan(table)] as const));

      function moveRows(pairs: readonly (readonly [TablePlan, TablePlan])[]): MaybePromise<number> {
        const [first, ...rest] = pairs;
        if (first === undefined) return 0;
        return andThen(moveTable(executor, first, { dialect, organization }), (moved) =>
          andThen(moveRows(rest), (others) => moved + others),
        );
      }
    },
  };
}

interface TenantScope {
  readonly planner: Planner;
  readonly executor: Executor;
  readonly inTransaction: boolean;
}

/**
 * Statements whose names are those of one schema, and of no other: what is not in it must not be found
 * elsewhere, to be dropped. The path of names is that of this transaction only,
 * and as it was before the next statement can come.
 */
export function withinSchema(
  schema: string,
  statements: readonly string[],
  dialect: Dialect,
): string[] {
  const path = `current_setting('search_path')`;
  return [
    `SELECT set_config('objectql.search_path', ${path}, true)`,
    `SELECT set_config('search_path', '${dialect.quote(schema)}', true)`,
    ...statements,
    `SELECT set_config('search_path', current_setting('objectql.search_path'), true)`,
  ];
}

const createTable = (dialect: Dialect) => (table: TableSchema) =>
  schemaChangeSql({ kind: 'createTable', table }, dialect);

/** The rows of an organization leave one table for its twin. */
function moveTable(
  executor: Executor,
  [from, into]: readonly [TablePlan, TablePlan],
  { dialect, organization }: { readonly dialect: Dialect; readonly organization: string },
): MaybePromise<number> {
  const columns = from.inserted.map((column) => column.quoted).join(', ');
  const own = `WHERE ${from.column('organization_id').quoted} = ${dialect.parameter(1)}`;
  const copy = `INSERT INTO ${into.source} (${columns}) SELECT ${columns} FROM ${from.source} ${own}`;
  return andThen(executor.run(copy, [organization]), (copied) =>
    andThen(executor.run(`DELETE FROM ${from.source} ${own}`, [organization]), (removed) => {
      if (removed === copied) return copied;
      throw storageFailed(dialect.name, `moving the rows of "${from.name}"`);
    }),
  );
}
