import { SqlDriver } from '@objectql/driver-sql';
import { createMemoryDatabase } from '@objectql/core/plugin';
import { emptyPostgres, findPostgres, stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createAttempts, type Attempts } from '../src/http/attempts.js';
import { createFailureStore, failureTable } from '../src/http/failure-store.js';
import { countHashes } from './support/count-hashes.js';
import { PASSWORD, startAuthServer, type AuthServer } from './support/server.js';

const postgres = await findPostgres();
const signIn = '/api/auth/sign-in/email';
const FORM = 'application/x-www-form-urlencoded';

describe('attempts', () => {
  const rules = { limit: 3, firstWaitMs: 1000, longestWaitMs: 8000 };
  const a = { key: 'a', rules };
  const b = { key: 'b', rules };
  let now = 1_000_000;

  async function nodes(): Promise<[Attempts, Attempts]> {
    const database = createMemoryDatabase();
    await database.ensureTables([failureTable]);
    const node = () => createAttempts(createFailureStore(database), () => now);
    return [node(), node()];
  }
  async function waitOf(work: Promise<unknown>): Promise<number> {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const { details } = error as { details: { retryAfterSeconds: number } };
    return details.retryAfterSeconds;
  }

  it('wait longer after each failure, on each node, and no longer than the longest', async () => {
    const both = await nodes();
    const waits: number[] = [];
    for (let round = 0; round < 3; round += 1) await both[round % 2]?.begin([a]);
    for (let round = 0; round < 5; round += 1) {
      const [first, second] = round % 2 === 0 ? both : both.toReversed();
      const wait = await waitOf(first?.begin([a]) as Promise<unknown>);
      waits.push(wait);
      now += wait * 1000;
      await second?.begin([a]);
    }
    expect(waits).toEqual([1, 2, 4, 8, 8]);
    await expect(both[0].begin([b])).resolves.toBeDefined();
  });

  it('count for none of their keys when one has to wait', async () => {
    const [node, other] = await nodes();
    for (let round = 0; round < 3; round += 1) await node.begin([a]);
    for (let round = 0; round < 5; round += 1) {
      await expect(node.begin([b, a])).rejects.toMatchObject({ code: 'too_many_attempts' });
    }
    await expect(other.begin([b])).resolves.toBeDefined();
  });

  it('are forgotten after the right one, and not counted when it was neither', async () => {
    const [node, other] = await nodes();
    for (let round = 0; round < 8; round += 1) {
      await (await node.begin([a])).settle(new Map([[a, 'neither']]));
    }
    await node.begin([a]);
    await other.begin([a]);
    await (await node.begin([a])).settle(new Map([[a, 'right']]));
    await expect(other.begin([a])).resolves.toBeDefined();
  });

  it('leave nothing behind when their time is over', async () => {
    const [node] = await nodes();
    await node.begin([a, b]);
    expect(await node.sweep()).toBe(0);
    now += 9000;
    expect(await node.sweep()).toBe(2);
  });
});

describe('guessing a password', () => {
  let server: AuthServer;
  beforeAll(async () => {
    server = await startAuthServer({ stopAfterTest: false, config: { lockout: { attempts: 1 } } });
  });
  afterAll(() => stopAndCheck(server.kernel));

  it('is stopped after the limit, also when all guesses come at once (too_many_attempts)', async () => {
    const { email } = await server.user();
    const hashes = countHashes();
    const types = ['application/json', 'Application/JSON; charset=utf-8', FORM];
    const guesses = await Promise.all(
      Array.from({ length: 18 }, (_, index) => {
        const address = index % 2 === 0 ? email.toUpperCase() : email;
        const given = { email: address, password: `guess number ${index}` };
        const type = String(types[index % 3]);
        return server
          .visitor()
          .post(
            `/api/${index % 2 === 0 ? '' : 'v1/'}auth/sign-in/email`,
            type === FORM ? new URLSearchParams(given).toString() : given,
            { 'content-type': type },
          );
      }),
    );
    expect(guesses.filter((one) => one.status === 401)).toHaveLength(1);
    const refused = guesses.filter((one) => one.status === 429);
    expect(refused).toHaveLength(17);
    // Refused before anything costly happens.
    expect(hashes()).toBe(1);
    expect(refused[0]?.body.code).toBe('too_many_attempts');
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    const right = await server.visitor().post(signIn, { email, password: PASSWORD });
    expect(right.status).toBe(429);
    const other = await server.user();
    const { status } = await server
      .visitor()
      .post(signIn, { email: other.email, password: PASSWORD });
    expect(status).toBe(200);
  });

  it('costs the same, and is stopped alike, for an address that nobody has', async () => {
    const { email } = await server.user();
    const hashes = countHashes();
    const answers = async (address: string): Promise<unknown[][]> => {
      const before = hashes();
      const told: unknown[][] = [];
      for (const password of ['wrong one', 'wrong two']) {
        const { status, body } = await server.visitor().post(signIn, { email: address, password });
        told.push([status, body.code, body.error.message, hashes() - before]);
      }
      const reset = { email: address };
      const { status, body } = await server
        .visitor()
        .post('/api/auth/request-password-reset', reset);
      return [...told, [status, body, hashes() - before]];
    };
    const known = await answers(email);
    expect(known.map(([status, , , hashed]) => [status, hashed ?? 1])).toEqual([
      [401, 1],
      [429, 1],
      [200, 1],
    ]);
    expect(await answers('nobody@example.com')).toEqual(known);
  });

  it('of who is signed in is stopped at every place that asks for it', async () => {
    const somebody = await server.user();
    const wrong = { password: 'wrong password', currentPassword: 'wrong password' };
    const guess = (path: string) =>
      somebody.post(`/api/auth/${path}`, { ...wrong, newPassword: PASSWORD });
    expect((await guess('verify-password')).status).toBe(401);
    for (const path of ['change-password', 'two-factor/enable', 'two-factor/disable']) {
      expect([path, (await guess(path)).status]).toEqual([path, 429]);
    }
    for (const path of ['two-factor/generate-backup-codes', 'two-factor/get-totp-uri']) {
      expect([path, (await guess(path)).status]).toEqual([path, 429]);
    }
  });

  it('from one address is stopped whatever the account, before anything is hashed', async () => {
    const hashes = countHashes();
    const guess = (path: string, index: number) =>
      server.visitor().post(`/api/auth${path}`, {
        email: `n${index}@example.com`,
        name: 'N',
        password: 'x',
        token: 'no token',
        newPassword: PASSWORD,
      });
    for (const path of ['/sign-in/email', '/sign-up/email', '/reset-password']) {
      let last = await guess(path, 0);
      for (let index = 1; index <= 10 && last.status !== 429; index += 1) {
        last = await guess(path, index);
      }
      expect([path, last.status, last.body.code]).toEqual([path, 429, 'too_many_attempts']);
      const before = hashes();
      expect((await guess(path, 11)).status).toBe(429);
      expect(hashes()).toBe(before);
    }
  });

  it.skipIf(postgres === undefined)(
    'is stopped by all nodes together, and goes on after a restart',
    async () => {
      const place = await emptyPostgres(postgres as string);
      onTestFinished(() => place.drop());
      const node = () =>
        startAuthServer({
          driver: new SqlDriver({ url: place.url }),
          config: { lockout: { attempts: 2 } },
        });
      const [one, two] = [await node(), await node()];
      const { email } = await one.user();
      const statuses = await Promise.all(
        Array.from({ length: 12 }, async (_, index) => {
          const { visitor } = index % 2 === 0 ? one : two;
          return (await visitor().post(signIn, { email, password: `guess ${index}` })).status;
        }),
      );
      expect(statuses.filter((status) => status === 401)).toHaveLength(2);
      expect(statuses.filter((status) => status === 429)).toHaveLength(10);
      const again = await node();
      const right = { email, password: PASSWORD };
      expect((await again.visitor().post(signIn, right)).status).toBe(429);
      // Nobody who reads the table learns who was tried, or from where.
      const rows = await place.sql('SELECT * FROM sys_sign_in_failure');
      expect(rows.length).toBeGreaterThan(0);
      expect(JSON.stringify(rows)).not.toMatch(/@|127\.0\.0\.1/);
    },
  );
});
