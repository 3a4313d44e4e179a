import net from 'node:net';
import { emptyPostgres, findPostgres } from '@objectos/testing';
import { createError } from '@objectos/spec/errors';
import { insertTogether, type TableSchema } from '@objectql/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqlDriver } from '../src/index.js';

const server = await findPostgres();
if (server === undefined) console.warn('SKIPPED: joint inserts on PostgreSQL; there is no server.');

const table: TableSchema = {
  name: 'note',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'about', type: 'text', nullable: true },
  ],
  indexes: [],
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const by = (id: string) => ({ op: 'eq', field: 'id', value: id }) as const;

/** What stands between driver and server, and can swallow what is sent. */
async function brokenWire(port: number, host: string) {
  const sockets = new Set<net.Socket>();
  /** Ends the connection instead of passing this on, or after it was passed on. */
  let cut: ((data: Buffer) => 'before' | 'after' | 'no') | undefined;
  const proxy = net.createServer((from) => {
    const to = net.connect(port, host);
    let severed = false;
    for (const socket of [from, to]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => (from.destroy(), to.destroy()));
    }
    from.on('data', (data) => {
      const how = cut?.(data) ?? 'no';
      if (how === 'before') {
        from.resetAndDestroy();
        return;
      }
      to.write(data);
      // The server does what it was told; its answer gets nowhere.
      if (how === 'after') severed = true;
    });
    to.on('data', (data) => {
      if (severed) from.resetAndDestroy();
      else from.write(data);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as net.AddressInfo).port,
    cutAt(next: typeof cut) {
      cut = next;
    },
    close() {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}

describe.skipIf(server === undefined)('joint inserts on PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof emptyPostgres>>;
  let wire: Awaited<ReturnType<typeof brokenWire>>;
  let driver: SqlDriver;
  let texts: string[] = [];

  beforeEach(async () => {
    database = await emptyPostgres(server ?? '');
    const url = new URL(database.url);
    wire = await brokenWire(Number(url.port || 5432), url.hostname);
    url.hostname = '127.0.0.1';
    url.port = String(wire.port);
    url.searchParams.set('statement_timeout', '700');
    driver = new SqlDriver({ url: url.href, onStatement: (text) => texts.push(text) });
    await driver.connect();
    await driver.applySchema([{ kind: 'createTable', table }]);
    texts = [];
  }, 60_000);
  afterEach(async () => {
    await driver.close();
    wire.close();
    await database.drop();
  });

  const refused = () =>
    createError('invalid_reference', { object: 'note', field: 'about', reference: 'note' });
  const add = (id: string, about?: string) =>
    driver.transaction((session) =>
      insertTogether(session, {
        expected: about === undefined ? [] : [{ table, where: by(about), count: 1, refused }],
        inserts: [{ table, rows: [{ id, about: about ?? null }] }],
        later: true,
      }),
    );
  const ids = async () => {
    const orderBy = [{ field: 'id', direction: 'asc' }] as const;
    const rows = await driver.reader.find({ table, columns: ['id'], orderBy });
    return rows.map(({ id }) => id);
  };
  const isInsert = (data: Buffer) => data.includes('INSERT INTO');

  it('is one statement that commits by itself', async () => {
    await add('a');
    const sent: string[] = [];
    wire.cutAt((data) => {
      sent.push(data.toString('latin1'));
      return 'no';
    });
    await add('b', 'a');
    wire.cutAt(undefined);
    expect(texts).toHaveLength(2);
    expect(sent.join('')).toContain('FOR KEY SHARE');
    expect(sent.join('')).not.toMatch(/BEGIN|COMMIT/);
    expect(await ids()).toEqual(['a', 'b']);
  });

  it('whose connection breaks is reported, never made twice', async () => {
    await add('a');
    let sent = 0;
    wire.cutAt((data) => {
      if (!isInsert(data)) return 'no';
      sent += 1;
      return 'after';
    });
    await expect(add('b')).rejects.toMatchObject({ code: 'driver_unavailable', status: 503 });
    wire.cutAt(undefined);
    expect(sent).toBe(1);
    await expect.poll(ids).toEqual(['a', 'b']);
    wire.cutAt((data) => (isInsert(data) ? 'before' : 'no'));
    await expect(add('c')).rejects.toMatchObject({ code: 'driver_unavailable' });
    wire.cutAt(undefined);
    expect(await ids()).toEqual(['a', 'b']);
    await add('d');
    expect(await ids()).toEqual(['a', 'b', 'd']);
  });

  it('on a connection that died while it was idle is run again on another one', async () => {
    await add('a');
    await pause(1_100);
    let cuts = 0;
    wire.cutAt(() => (cuts++ === 0 ? 'before' : 'no'));
    await add('b', 'a');
    wire.cutAt(undefined);
    expect(cuts).toBeGreaterThan(1);
    expect(await ids()).toEqual(['a', 'b']);
  });

  it('that waits too long is stopped, leaves nothing, and its connection is used on', async () => {
    await add('a');
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const holder = driver.transaction(async (session) => {
      await session.find({ table, columns: ['id'], where: by('a'), lock: 'remove' });
      await held;
    });
    await pause(100);
    await expect(add('b', 'a')).rejects.toMatchObject({ code: 'statement_timeout', status: 503 });
    release();
    await holder;
    await add('c', 'a');
    expect(await ids()).toEqual(['a', 'c']);
  });

  it('waits for who removes what it refers to, and is refused then', async () => {
    await add('a');
    let adding: Promise<void> = Promise.resolve();
    await driver.transaction(async (session) => {
      await session.delete({ table, where: by('a') });
      adding = add('b', 'a');
      adding.catch(() => undefined);
      await pause(100);
    });
    await expect(adding).rejects.toMatchObject({ code: 'invalid_reference' });
    expect(await ids()).toEqual([]);
  });
});
