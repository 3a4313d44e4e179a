import type { TableSchema } from '@objectql/core/driver';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SqlDriver } from '../src/index.js';
import { postgresError } from '../src/postgres/errors.js';
import { repeat, Repeatable } from '../src/postgres/repeat.js';
import { privatePostgres, serverPrograms, type PrivatePostgres } from './private-postgres.js';

const programs = serverPrograms();
if (programs === undefined)
  console.warn('SKIPPED: faults of PostgreSQL; its programs are not here.');

const table: TableSchema = {
  name: 'note',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'size', type: 'integer', nullable: true },
  ],
  indexes: [],
};
const by = (id: string) => ({ op: 'eq', field: 'id', value: id }) as const;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(programs === undefined)('faults of PostgreSQL', () => {
  let server: PrivatePostgres;
  let driver: SqlDriver;
  let schema = 0;

  beforeAll(async () => {
    server = await privatePostgres(programs ?? '');
  }, 120_000);
  afterAll(() => server.remove());
  beforeEach(async () => {
    schema += 1;
    driver = new SqlDriver({ url: `${server.url}?schema=t${schema}&statement_timeout=4000` });
    await driver.connect();
    await driver.applySchema([{ kind: 'createTable', table }]);
  }, 60_000);
  afterEach(() => driver.close());

  const add = (id: string, size = 0) =>
    driver.transaction((session) => session.insert(table, [{ id, size }]));
  const ids = async () => {
    const rows = await driver.reader.find({ table, columns: ['id'] });
    return rows.map(({ id }) => id as string);
  };
  const sessions = async () => {
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    const { rows } = await client.query<{ count: string }>(
      `SELECT count(*) FROM pg_stat_activity WHERE application_name = 'objectos'`,
    );
    await client.end();
    return Number(rows[0]?.count);
  };

  it.each(['fast', 'immediate', 'kill'] as const)(
    'a restart (%s) under load: 503 while it is away, nothing lost, none after',
    async (how) => {
      const acknowledged: string[] = [];
      const codes = new Set<string>();
      let running = true;
      const worker = async (name: number): Promise<void> => {
        for (let index = 0; running; index += 1) {
          const id = `${how} ${name} ${index}`;
          try {
            if (index % 2 === 0) {
              await add(id);
              acknowledged.push(id);
            } else await ids();
          } catch (error) {
            codes.add((error as { code: string }).code);
            await pause(20);
          }
        }
      };
      const workers = Array.from({ length: 16 }, (_, name) => worker(name));
      await pause(300);
      if (how === 'kill') server.kill();
      else server.stop(how);
      await pause(300);
      expect((await driver.health()).up).toBe(false);
      if (how === 'kill') await pause(1500);
      server.start();
      await expect.poll(async () => (await driver.health()).up, { timeout: 20_000 }).toBe(true);
      codes.delete('driver_unavailable');
      expect([...codes]).toEqual([]);
      await pause(500);
      const before = codes.size;
      running = false;
      await Promise.all(workers);
      expect(codes.size).toBe(before);
      const stored = new Set(await ids());
      expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(await sessions()).toBeLessThanOrEqual(10);
    },
    120_000,
  );

  it('deadlocks are run again, and both writes happen', async () => {
    await add('a');
    await add('b');
    let holding = 0;
    const cross = (first: string, second: string) => {
      let attempts = 0;
      return driver.transaction(async (session) => {
        attempts += 1;
        for (const id of [first, second]) {
          const [row] = await session.find({
            table,
            columns: ['size'],
            where: by(id),
            lock: 'wait',
          });
          const size = (row?.['size'] as number) + 1;
          await session.update({ table, set: { size }, where: by(id) });
          holding += 1;
          // Both hold their first row before either asks for its second one.
          while (holding < 2) await pause(5);
        }
        return attempts;
      });
    };
    const attempts = await Promise.all([cross('a', 'b'), cross('b', 'a')]);
    expect(Math.max(...attempts)).toBeGreaterThan(1);
    const rows = await driver.reader.find({ table, columns: ['size'] });
    expect(rows).toEqual([{ size: 2 }, { size: 2 }]);
  }, 60_000);

  it('are given up after three repetitions; errors of the work are not repeated', async () => {
    const conflict = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    let runs = 0;
    const always = repeat(() => {
      runs += 1;
      return Promise.reject(new Repeatable(postgresError(conflict, 'write')));
    });
    await expect(always).rejects.toMatchObject({ code: 'transaction_conflict', status: 503 });
    expect(runs).toBe(4);
    let attempts = 0;
    const failing = driver.transaction((session) => {
      attempts += 1;
      return Promise.resolve(session.count({ table })).then(() => {
        throw new RangeError('on purpose');
      });
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(attempts).toBe(1);
  });

  it('a statement that takes too long is stopped, and its connection is used on', async () => {
    await add('a');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const holder = driver.transaction(async (session) => {
      await session.find({ table, columns: ['id'], where: by('a'), lock: 'wait' });
      await held;
    });
    await pause(100);
    const waiting = driver.transaction((session) =>
      session.update({ table, set: { size: 1 }, where: by('a') }),
    );
    await expect(waiting).rejects.toMatchObject({ code: 'statement_timeout', status: 503 });
    release();
    await holder;
    await add('b');
    expect(await sessions()).toBeLessThanOrEqual(10);
  }, 60_000);

  it('a connection that breaks in the middle of bulk undoes all of it', async () => {
    const rows = Array.from({ length: 5000 }, (_, index) => ({ id: `bulk ${index}`, size: index }));
    const broken = driver.transaction(async (session) => {
      await session.insert(table, rows);
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'objectos' AND state = 'idle in transaction'`,
      );
      await client.end();
      await session.insert(table, [{ id: 'last', size: 0 }]);
    });
    await expect(broken).rejects.toMatchObject({ code: 'driver_unavailable' });
    expect(await ids()).toEqual([]);
    await add('after');
    expect(await ids()).toEqual(['after']);
  }, 60_000);

  it('a dump from a server with later transactions is followed as it should', async () => {
    const numbered: TableSchema = {
      name: 'log',
      sequence: 'seq',
      columns: [
        { name: 'seq', type: 'integer', nullable: false },
        { name: 'note', type: 'text', nullable: true },
      ],
      indexes: [],
    };
    await driver.applySchema([{ kind: 'createTable', table: numbered }]);
    const write = (note: string) =>
      driver.transaction((session) => session.insert(numbered, [{ note }]));
    await write('a');
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    await client.query(`UPDATE t${schema}.log SET objectql_xid = '999999999999'`);
    await client.end();
    await driver.close();
    await driver.connect();
    const follow = async (after?: string) =>
      (await driver.reader.follow({ table: numbered, columns: ['note'], after, limit: 9 })).rows;
    expect(await follow()).toEqual([{ note: 'a' }]);
    await write('b');
    await expect.poll(() => follow('999999999999.1')).toEqual([{ note: 'b' }]);
  }, 60_000);
});
