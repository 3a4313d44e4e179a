import type { Driver, DriverSession, TableSchema } from '@objectql/core/driver';
import { driverContract, emptyPostgres, findPostgres, type TestPostgres } from '@objectos/testing';
import { afterEach, describe, expect } from 'vitest';
import { SqlDriver } from '../src/index.js';

const server = await findPostgres();
const opened: TestPostgres[] = [];

/** The same value with every table in it marked as one of organizations. */
function marked<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(marked) as T;
  if (isTable(value)) return markedTable(value) as T;
  const entries = Object.entries(value).map(([key, one]) => [key, marked(one)] as const);
  return Object.fromEntries(entries) as T;
}

const isTable = (value: object): value is TableSchema => 'columns' in value && 'indexes' in value;
const tables = new WeakMap<TableSchema, TableSchema>();

function markedTable(table: TableSchema): TableSchema {
  const known = tables.get(table) ?? { ...table, tenant: true };
  tables.set(table, known);
  return known;
}

function sessionOf(session: DriverSession): DriverSession {
  return {
    find: (statement) => session.find(marked(statement)),
    count: (statement) => session.count(marked(statement)),
    aggregate: (statement) => session.aggregate(marked(statement)),
    insert: (table, rows) => session.insert(markedTable(table), rows),
    update: ({ set, ...statement }) => session.update({ ...marked(statement), set }),
    delete: (statement) => session.delete(marked(statement)),
    claim: ({ set, ...statement }) => session.claim({ ...marked(statement), set }),
    follow: (statement) => session.follow(marked(statement)),
    lockKey: (key) => session.lockKey(key),
    nested: (work) => session.nested((inner) => work(sessionOf(inner))),
  };
}

/** A driver as it is for one organization, of which every table is one of organizations. */
function tenantDriver(base: Driver): Driver {
  const own = base.tenant?.('contract') as Driver;
  let made = false;
  return {
    name: own.name,
    capabilities: own.capabilities,
    get reader() {
      return sessionOf(own.reader);
    },
    async connect() {
      await base.connect();
      if (!made) await base.transaction((session) => session.tenants?.create('contract', []));
      made = true;
    },
    close: () => base.close(),
    health: () => own.health(),
    transaction: (work, options) => own.transaction((session) => work(sessionOf(session)), options),
    async introspect() {
      return (await own.introspect()).map((table) => {
        const { tenant, ...rest } = table;
        expect(tenant).toBe(true);
        return rest;
      });
    },
    applySchema: (changes, guard) =>
      own.applySchema(marked(changes), guard && ((session) => guard(sessionOf(session)))),
    exclusive: (name, work) => own.exclusive?.(name, work) ?? work(),
  };
}

describe.skipIf(server === undefined)('PostgreSQL, in the schema of an organization', () => {
  afterEach(async () => {
    for (const place of opened.splice(0)) await place.drop();
  });
  driverContract(
    'postgres with a schema for each organization',
    async () => {
      const place = await emptyPostgres(server ?? '');
      opened.push(place);
      return tenantDriver(new SqlDriver({ url: place.url, tenantSchemas: true }));
    },
    { runs: 60 },
  );
});
