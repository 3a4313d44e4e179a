import { accessPolicyService } from '@objectos/spec/contracts';
import {
  createAccessOracle,
  emptyPostgres,
  findPostgres,
  type AccessOracle,
  type AccessWorld,
  type WorldRow,
} from '@objectos/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matches } from '../../src/index.js';
import { codeOf, user, type TestApplication } from '../support.js';
import { applicationOf } from './application.js';
import { OBJECTS, worlds } from './worlds.js';

/** Comparisons with the oracle that a run makes at least. */
const CASES = 10_000;
/** Generated worlds after which a run gives up on an answer that never came. */
const MOST_WORLDS = 200;
/** What the operations of a run answer: one in which all are alike proves nothing. */
const ANSWERS = [
  ...['read yes', 'read no', 'update done', 'delete done', 'search found', 'search empty'],
  ...['sums equal', 'sums refused', 'export done', 'export permission_denied'],
  ...['person seen', 'person named', 'person hidden'],
];
const seed = Number(process.env['PERMISSIONS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

interface Comparing {
  readonly app: TestApplication;
  readonly world: AccessWorld;
  readonly oracle: AccessOracle;
  readonly where: string;
  /** How often each answer occurred. */
  readonly answers: Map<string, number>;
  cases: number;
}

const server = await findPostgres();

describe('the engine answers what the oracle says', () => {
  it(`on SQLite (seed ${seed})`, { timeout: 600_000 }, async () => {
    const cases = await compareWorlds(undefined, CASES, seed);
    expect(cases).toBeGreaterThanOrEqual(CASES);
  });

  it.skipIf(server === undefined)(
    `on PostgreSQL (seed ${seed})`,
    { timeout: 600_000 },
    async () => {
      const cases = await compareWorlds(server, CASES / 5, seed + 1);
      expect(cases).toBeGreaterThanOrEqual(CASES / 5);
    },
  );

  it.skipIf(server === undefined)(
    `on PostgreSQL with a schema for each organization (seed ${seed})`,
    { timeout: 600_000 },
    async () => {
      const cases = await compareWorlds(server, CASES / 10, seed + 2, true);
      expect(cases).toBeGreaterThanOrEqual(CASES / 10);
    },
  );
});

async function compareWorlds(
  postgres: string | undefined,
  enough: number,
  from: number,
  tenantSchemas = false,
): Promise<number> {
  let cases = 0;
  const answers = new Map<string, number>();
  const missing = () => ANSWERS.filter((answer) => !answers.has(answer));
  // A short run may miss a rare answer by chance: it goes on until it has seen each.
  for (let at = 0; cases < enough || (missing().length > 0 && at < MOST_WORLDS); at += 1) {
    const [world] = fc.sample(worlds, { numRuns: 1, seed: from + at });
    if (world === undefined) throw new Error('no world');
    const place = postgres === undefined ? undefined : await emptyPostgres(postgres);
    const app = await applicationOf(world, place?.url, tenantSchemas);
    try {
      const where = `seed ${from + at}`;
      const comparing = { app, world, oracle: createAccessOracle(world), where, answers, cases: 0 };
      await compareWorld(comparing);
      cases += comparing.cases;
    } finally {
      await app.kernel.stop();
      await place?.drop();
    }
  }
  console.log(`${cases} comparisons, from seed ${from}`, Object.fromEntries(answers));
  expect(missing()).toEqual([]);
  return cases;
}

async function compareWorld(comparing: Comparing): Promise<void> {
  for (const name of Object.keys(comparing.world.users)) {
    await comparePeople(comparing, name);
    await compareFields(comparing, name, 'user');
    for (const object of OBJECTS) {
      await compareReads(comparing, name, object);
      await compareSearch(comparing, name, object);
      await compareSums(comparing, name, object);
      await compareExport(comparing, name, object);
      await compareFields(comparing, name, object);
      for (const row of (comparing.world.records[object] ?? []).slice(0, 4)) {
        await compareUpdate(comparing, name, object, row);
        await compareDelete(comparing, name, object, row);
      }
    }
  }
}

async function compareReads(comparing: Comparing, name: string, object: string): Promise<void> {
  const { app, world, oracle, where } = comparing;
  const rows = world.records[object] ?? [];
  const ctx = user(name);
  const told = `${where}, ${name} reads ${object}`;
  if (!oracle.mayAtAll(name, object, 'read')) {
    comparing.cases += 1;
    expect(await codeOf(app.engine.find(object, {}, ctx)), told).toBe('permission_denied');
    return;
  }
  const expected = rows
    .filter((row) => oracle.may(name, object, 'read', row))
    .map((row) => row['id']);
  comparing.cases += rows.length;
  count(comparing, 'read yes', expected.length);
  count(comparing, 'read no', rows.length - expected.length);
  const { records, total } = await app.engine.find(object, { count: true, limit: 1_000 }, ctx);
  expect(records.map((record) => record['id']).sort(), told).toEqual(expected.sort());
  expect(total, told).toBe(expected.length);
  expect(await app.engine.count(object, {}, ctx), told).toBe(expected.length);
  const page = await app.engine.aggregate(
    object,
    { aggregations: [{ function: 'count', alias: 'n' }] },
    ctx,
  );
  expect(Number(page.rows[0]?.['n'] ?? 0), told).toBe(expected.length);
  // The same filter, in memory.
  const decision = app.kernel.service(accessPolicyService).decide(ctx.principal, object, 'read');
  if (!decision.allowed) throw new Error(told);
  const { rows: filter } = decision;
  const inMemory = rows.filter(
    (row) => filter === undefined || matches(filter, stored(row), relatedOf(world)),
  );
  expect(inMemory.map((row) => row['id']).sort(), `${told}, in memory`).toEqual(expected.sort());
}

/** Whom somebody sees of the people, and whom of those that own the records that they see. */
async function comparePeople(comparing: Comparing, name: string): Promise<void> {
  const { app, world, oracle, where } = comparing;
  const people = Object.entries(world.users).map(([id, row]): WorldRow => ({ id, ...row }));
  const ctx = user(name);
  const told = `${where}, ${name} sees people`;
  comparing.cases += people.length;
  const asked = app.engine.find('user', { count: true }, ctx);
  const expand = { owner_id: {} };
  const owned = app.engine.find('alpha', { expand, limit: 1_000 }, ctx);
  if (!oracle.mayAtAll(name, 'user', 'read')) {
    const codes = await Promise.all([codeOf(asked), codeOf(owned)]);
    const mayRead = oracle.mayAtAll(name, 'alpha', 'read');
    expect(codes, told).toEqual([
      'permission_denied',
      mayRead ? 'unknown_field' : 'permission_denied',
    ]);
    return;
  }
  const code = codeOf(owned);
  const seen = people.filter((person) => oracle.may(name, 'user', 'read', person));
  const { records, total } = await asked;
  expect(records.map((record) => record['id']).sort(), told).toEqual(idsOf(seen));
  expect(total, told).toBe(seen.length);
  if ((await code) !== 'done') return;
  const fields = oracle.fields(name, 'user', 'readable');
  for (const { owner_id: owner, id } of (await owned).records) {
    const row = world.records['alpha']?.find((one) => one['id'] === id);
    const person = people.find((one) => one['id'] === row?.['owner_id']);
    const isSeen = person !== undefined && seen.includes(person);
    const isNamed = person !== undefined && oracle.mayBeNamed(name, person);
    count(comparing, isSeen ? 'person seen' : isNamed ? 'person named' : 'person hidden');
    const shown = isSeen ? [...fields] : ['id', 'name'].filter((field) => fields.has(field));
    const keys = owner === null ? null : Object.keys(owner as WorldRow).sort();
    expect(keys, `${told}, the owner of ${String(id)}`).toEqual(isNamed ? shown.sort() : null);
  }
}

async function compareFields(comparing: Comparing, name: string, object: string): Promise<void> {
  const { app, oracle, where } = comparing;
  if (!oracle.mayAtAll(name, object, 'read')) return;
  comparing.cases += 1;
  const ctx = user(name);
  await app.engine.count(object, {}, ctx);
  const told = `${where}, fields of ${object} for ${name}`;
  const readable = oracle.fields(name, object, 'readable');
  expect([...app.engine.readableFields(object, ctx)].sort(), told).toEqual([...readable].sort());
}

/** The records that the user sees, if they may read the object at all. */
function seenBy(
  { world, oracle }: Comparing,
  name: string,
  object: string,
): WorldRow[] | undefined {
  if (!oracle.mayAtAll(name, object, 'read')) return undefined;
  return (world.records[object] ?? []).filter((row) => oracle.may(name, object, 'read', row));
}

/** A search looks into the fields that the user reads, of the records that they see. */
async function compareSearch(comparing: Comparing, name: string, object: string): Promise<void> {
  const { app, oracle, where } = comparing;
  const seen = seenBy(comparing, name, object);
  if (seen === undefined) return;
  const readable = oracle.fields(name, object, 'readable');
  const fields = ['label', 'region'].filter((field) => readable.has(field));
  for (const word of ['a', 'ab', 'eu']) {
    comparing.cases += 1;
    const told = `${where}, ${name} searches ${object} for "${word}"`;
    const query = { search: word, count: true, limit: 100 } as const;
    if (fields.length === 0) {
      expect(await codeOf(app.engine.find(object, query, user(name))), told).toBe(
        'invalid_parameter',
      );
      continue;
    }
    const expected = seen.filter((row) =>
      fields.some((field) => ((row[field] ?? '') as string).toLowerCase().startsWith(word)),
    );
    const { records, total } = await app.engine.find(object, query, user(name));
    expect(records.map((record) => record['id']).sort(), told).toEqual(idsOf(expected));
    expect(total, told).toBe(expected.length);
    count(comparing, expected.length > 0 ? 'search found' : 'search empty');
  }
}

async function compareSums(comparing: Comparing, name: string, object: string): Promise<void> {
  const { app, oracle, where } = comparing;
  const seen = seenBy(comparing, name, object);
  if (seen === undefined) return;
  comparing.cases += 1;
  const told = `${where}, ${name} sums ${object}`;
  const readable = oracle.fields(name, object, 'readable');
  const query = {
    groupBy: [{ field: 'region', alias: 'region' }],
    aggregations: [
      { function: 'sum', field: 'size', alias: 'sum' },
      { function: 'max', field: 'size', alias: 'max' },
      { function: 'count', alias: 'n' },
    ],
  } as const;
  const asked = app.engine.aggregate(object, query, user(name));
  if (!readable.has('region') || !readable.has('size')) {
    expect(await codeOf(asked), told).toBe('unknown_field');
    count(comparing, 'sums refused');
    return;
  }
  const regions = [...new Set(seen.map((row) => row['region'] as string | null))];
  const expected = regions.map((region) => {
    const rows = seen.filter((row) => row['region'] === region);
    const sizes = rows.map((row) => row['size']).filter((size) => size !== null) as number[];
    const sum = sizes.length === 0 ? null : sizes.reduce((total, size) => total + size, 0);
    return { region, sum, max: sizes.length === 0 ? null : Math.max(...sizes), n: rows.length };
  });
  const order = (rows: readonly { readonly region?: unknown }[]) =>
    [...rows].sort((one, other) => String(one.region).localeCompare(String(other.region)));
  expect(order((await asked).rows), told).toEqual(order(expected));
  count(comparing, 'sums equal');
}

/** What may be taken out may be less than what is seen. */
async function compareExport(comparing: Comparing, name: string, object: string): Promise<void> {
  const { app, oracle, where } = comparing;
  const seen = seenBy(comparing, name, object);
  if (seen === undefined) return;
  comparing.cases += 1;
  const told = `${where}, ${name} exports ${object}`;
  const taken: unknown[] = [];
  const outcome = await codeOf(
    (async () => {
      for await (const page of app.engine.stream(object, {}, user(name))) taken.push(...page);
    })(),
  );
  count(comparing, `export ${outcome}`);
  if (!oracle.mayAtAll(name, object, 'export')) {
    expect(outcome, told).toBe('permission_denied');
    return;
  }
  const expected = seen.filter((row) => oracle.may(name, object, 'export', row));
  if (expected.length < seen.length) count(comparing, 'export of less than is seen');
  expect(outcome, told).toBe('done');
  expect(idsOf(taken as WorldRow[]), told).toEqual(idsOf(expected));
}

function idsOf(rows: readonly WorldRow[]): unknown[] {
  return rows.map((row) => row['id']).sort();
}

/** Tries a change, and undoes it. */
async function compareUpdate(
  comparing: Comparing,
  name: string,
  object: string,
  row: WorldRow,
): Promise<void> {
  const { app, oracle, where } = comparing;
  comparing.cases += 1;
  const change = { region: row['region'] === 'EU' ? 'US' : 'EU' };
  const told = `${where}, ${name} changes ${String(row['id'])}`;
  const outcome = await undone(
    app,
    (ctx) => app.engine.update(object, String(row['id']), change, ctx),
    name,
  );
  count(comparing, `update ${outcome}`);
  expect(outcome, told).toBe(expectedUpdate());

  function expectedUpdate(): string {
    if (!oracle.mayAtAll(name, object, 'update')) return 'permission_denied';
    if (!oracle.may(name, object, 'update', row)) return refusalOf(oracle, name, object, row);
    if (!oracle.fields(name, object, 'readable').has('region')) return 'unknown_field';
    if (!oracle.fields(name, object, 'editable').has('region')) return 'read_only_field';
    const after = { ...row, ...change };
    return oracle.mayLeave(name, object, 'update', after) ? 'done' : 'row_check_failed';
  }
}

async function compareDelete(
  comparing: Comparing,
  name: string,
  object: string,
  row: WorldRow,
): Promise<void> {
  const { app, oracle, where } = comparing;
  comparing.cases += 1;
  const outcome = await undone(
    app,
    (ctx) => app.engine.delete(object, String(row['id']), ctx),
    name,
  );
  count(comparing, `delete ${outcome}`);
  const expected = !oracle.mayAtAll(name, object, 'delete')
    ? 'permission_denied'
    : oracle.may(name, object, 'delete', row)
      ? 'done'
      : refusalOf(oracle, name, object, row);
  expect(outcome, `${where}, ${name} deletes ${String(row['id'])}`).toBe(expected);
}

/** Who sees a record is told that it may not be written; to others it does not exist. */
function refusalOf(oracle: AccessOracle, name: string, object: string, row: WorldRow): string {
  return oracle.may(name, object, 'read', row) ? 'record_not_accessible' : 'record_not_found';
}

function count({ answers }: Comparing, answer: string, times = 1): void {
  answers.set(answer, (answers.get(answer) ?? 0) + times);
}

const UNDO = new Error('undo');

async function undone(
  { engine }: TestApplication,
  work: (ctx: ReturnType<typeof user>) => Promise<unknown>,
  name: string,
): Promise<string> {
  let outcome = '';
  const transaction = engine.transaction(user(name), async (ctx) => {
    outcome = await codeOf(work(ctx));
    throw UNDO;
  });
  await transaction.catch((error: unknown) => {
    if (error !== UNDO) throw error;
  });
  return outcome;
}

/** A record of the world as it is stored. */
function stored(row: WorldRow): WorldRow {
  return { ...row, organization_id: 'org-a' };
}

/** The rows that filters look into, from the world itself. */
function relatedOf(world: AccessWorld) {
  const path = (role: string): string => {
    const parent = world.roles[role];
    return parent === undefined ? `/${role}/` : `${path(parent)}${role}/`;
  };
  const expiry = (expired: boolean) => (expired ? '2001-01-01T00:00:00.000Z' : null);
  const tables: Record<string, readonly WorldRow[]> = {
    ...world.records,
    role_assignment: world.roleOf.map(({ user: id, role }) => ({
      user_id: id,
      role,
      path: path(role),
    })),
    group_member: world.members.map(({ group, user: id, inner }) => ({
      group,
      user_id: id ?? null,
      member_group: inner ?? null,
    })),
    record_share: world.shares.map(({ object, record, grantee, level, expired }) => ({
      object,
      record_id: record,
      grantee,
      access_level: level,
      expires_at: expiry(expired),
    })),
  };
  return (object: string) => (tables[object] ?? []).map(stored);
}
