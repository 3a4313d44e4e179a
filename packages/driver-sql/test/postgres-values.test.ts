import { findPostgres } from '@objectos/testing';
import fc from 'fast-check';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { parseDatabaseUrl } from '../src/database-url.js';
import { arrayLiteral } from '../src/postgres/array.js';
import { isConnectionLost, mayRunAgain, postgresError } from '../src/postgres/errors.js';
import { createSlots } from '../src/postgres/slots.js';
import { createStatementNames } from '../src/postgres/statement-names.js';
import { PostgresTransaction } from '../src/postgres/transaction.js';
import { encodePostgres, storableJson, typeParsers } from '../src/postgres/values.js';

const server = await findPostgres();
const column = (type: 'datetime' | 'date' | 'time') => ({ table: 'thing', name: 'x', type });
const parse = (oid: number, text: string) => typeParsers.getTypeParser(oid)(text);

describe('values of PostgreSQL', () => {
  it('come back as the values of the engine', () => {
    expect(parse(16, 't')).toBe(true);
    expect(parse(20, '9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
    expect(parse(20, '9007199254740993')).toBe('9007199254740993');
    expect(parse(1700, '0.30000000000000004')).toBe(0.1 + 0.2);
    expect(parse(1184, '2026-01-31 09:30:00+00')).toBe('2026-01-31T09:30:00.000Z');
    expect(parse(1184, '2026-01-31 09:30:00.05+00')).toBe('2026-01-31T09:30:00.050Z');
    expect(parse(1082, '2026-01-31')).toBe('2026-01-31');
  });

  it('hide in JSON what jsonb cannot hold, and nothing is lost', () => {
    expect(storableJson(JSON.stringify({ 'a\0': '\ud800\\u0000' }))).not.toMatch(/(?<!\\)\\u/);
    const text = fc.string({
      unit: fc.constantFrom('\0', '\ud800', '\udfff', '\uf8ff', '\\', 'u', '0', '"', 'x'),
    });
    fc.assert(
      fc.property(fc.dictionary(text, text), (value) => {
        const stored = storableJson(JSON.stringify(value));
        expect(stored).not.toMatch(/(?<!\\)(\\\\)*\\u(0000|d[89a-f])/);
        expect(JSON.parse(String(parse(3802, stored)))).toEqual(value);
      }),
    );
  });

  it('of time are what the column takes, or refused by name', () => {
    expect(encodePostgres('2027', column('datetime'))).toBe('2027-01-01T00:00:00.000Z');
    expect(encodePostgres(null, column('date'))).toBe(null);
    for (const [type, text] of [
      ['datetime', 'soon'],
      ['datetime', '0000-01-01T00:00:00.000Z'],
      ['datetime', '+012026-01-01T00:00:00.000Z'],
      ['date', '2026-1-31'],
      ['time', '25:00:00'],
      ['time', '09:30'],
    ] as const) {
      expect(() => encodePostgres(text, column(type)), text).toThrow(
        expect.objectContaining({ code: 'unsupported_value' }) as Error,
      );
    }
  });

  it('travel in arrays as they are', () => {
    expect(arrayLiteral([])).toBe('{}');
    expect(arrayLiteral(['', 'a"b', '\\', 'NULL', '{,}', null, 1.5, 7n, true])).toBe(
      '{"","a\\"b","\\\\","NULL","{,}",NULL,1.5,7,true}',
    );
    // An array knows no escape but that of a character for itself, unlike JSON.
    expect(arrayLiteral(['"\n\t', '\\\u0001é', '{"a":"\\n"}'])).toBe(
      '{"\\"\n\t","\\\\\u0001é","{\\"a\\":\\"\\\\n\\"}"}',
    );
  });
});

describe('errors of PostgreSQL', () => {
  const server = (code: string, extra: object = {}) =>
    Object.assign(new Error('no'), { code, ...extra });

  it.each([
    ['40001', 'transaction_conflict'],
    ['40P01', 'transaction_conflict'],
    ['57014', 'statement_timeout'],
    ['53100', 'storage_full'],
    ['57P01', 'driver_unavailable'],
    ['57P03', 'driver_unavailable'],
    ['08006', 'driver_unavailable'],
    ['53300', 'driver_unavailable'],
    ['25006', 'driver_unavailable'],
    ['54000', 'unsupported_value'],
    ['42P01', 'storage_failed'],
    ['ECONNRESET', 'driver_unavailable'],
  ])('%s becomes %s, with its cause', (code, expected) => {
    const cause = server(code);
    expect(postgresError(cause, 'write')).toMatchObject({ code: expected, cause });
  });

  it('name object and fields of a duplicate, whatever language the server speaks', () => {
    const detail = 'Schlüssel »(name, "order")=(a(b, 1)« existiert bereits.';
    const error = postgresError(server('23505', { table: 'thing', detail }), 'write');
    expect(error.params).toEqual({ object: 'thing', fields: ['name', 'order'] });
  });

  it('tell what may be run again, and when the connection is gone', () => {
    const convert = (code: string) => postgresError(server(code), 'write');
    expect(['40001', '40P01'].map(convert).every(mayRunAgain)).toBe(true);
    expect(mayRunAgain(convert('23505'))).toBe(false);
    const stale = server('0A000', { message: 'cached plan must not change result type' });
    expect(mayRunAgain(postgresError(stale, 'read'))).toBe(true);
    expect(['57P01', '08006', 'EPIPE'].map(convert).every(isConnectionLost)).toBe(true);
    expect(['23505', '53300', '40P01', '25006'].map(convert).some(isConnectionLost)).toBe(false);
  });
});

describe('the URL of a PostgreSQL', () => {
  it('has parameters of ours, which the client does not see', () => {
    expect(
      parseDatabaseUrl(
        'postgresql://u:p@h:1/db?pool=20&schema=crm&sslmode=disable&options=-c%20work_mem%3D8MB',
      ),
    ).toEqual({
      kind: 'postgres',
      url: 'postgresql://u:p@h:1/db?sslmode=disable',
      pool: 20,
      statementTimeout: 30_000,
      schema: 'crm',
      options: '-c work_mem=8MB',
    });
    expect(parseDatabaseUrl('postgres://h/db')).toMatchObject({ pool: 10 });
  });
});

describe('places for transactions', () => {
  it('are given in order, and not for ever', async () => {
    const slots = createSlots(1, 40);
    expect(await slots.take()).toBe(true);
    expect(await slots.take()).toBe(false);
    const second = slots.take();
    const third = slots.take();
    slots.give();
    expect(await second).toBe(true);
    expect(await Promise.race([third, Promise.resolve('waiting')])).toBe('waiting');
    slots.give();
    expect(await third).toBe(true);
    slots.give();
    await slots.idle();
  });
});

describe('names of prepared statements', () => {
  const twice = (names: ReturnType<typeof createStatementNames>, text: string) => [
    names.nameOf(text),
    names.nameOf(text),
  ];

  it('are given to texts that come twice, until there are too many', () => {
    const names = createStatementNames();
    expect(twice(names, 'a')).toEqual([undefined, expect.any(String)]);
    const before = names.nameOf('a');
    names.renew();
    expect(twice(names, 'a')[1]).not.toBe(before);
    for (let index = 0; index < 499; index += 1) twice(names, `t${index}`);
    expect(twice(names, 'late')).toEqual([undefined, undefined]);
    expect(names.nameOf('a')).toBeDefined();
  });

  it('pass from texts that nobody uses any more to others, and stay with those in use', () => {
    const names = createStatementNames();
    const all = new Set<string>();
    const given = (text: string) => {
      const [, name] = twice(names, text);
      if (name !== undefined) all.add(name);
      return name;
    };
    const kept = given('kept');
    for (let index = 0; index < 10_000; index += 1) {
      given(`t${index}`);
      expect(names.nameOf('kept')).toBe(kept);
    }
    expect(all.size).toBe(500);
    let late: string | undefined;
    for (let index = 0; index < 600 && late === undefined; index += 1) late = given(`late${index}`);
    expect(late).toBeDefined();
    expect(late).not.toBe(kept);
  });
});

describe.skipIf(server === undefined)('prepared statements', () => {
  it('are no more on a connection than there are names, and answer what their text says', async () => {
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    try {
      const names = createStatementNames();
      const transaction = new PostgresTransaction(client as unknown as pg.PoolClient, names, {
        lively: true,
      });
      for (let index = 0; index < 3000; index += 1) {
        for (let time = 0; time < 3; time += 1) {
          expect(await transaction.all(`SELECT ${index}::int`, [])).toEqual([[index]]);
        }
      }
      await transaction.commit();
      const { rows } = await client.query<{ newest: number; all: number }>(
        `SELECT count(*)::int AS all, max(substring(statement FROM '\\d+')::int) AS newest
         FROM pg_prepared_statements`,
      );
      expect(rows[0]?.all).toBe(500);
      expect(rows[0]?.newest).toBeGreaterThan(1000);
    } finally {
      await client.end();
    }
  });
});
