import { emptyPostgres, findPostgres, stopAndCheck } from '@objectos/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionsOfBoth, canaryOf, requestOf, SIDES, type Action, type Side } from './actions.js';
import { send, type Sent } from './send.js';
import { createWorld, type Actor, type World } from './world.js';

type Isolation = 'rows' | 'schemas';

/** Pairs of requests; where every one is slower, fewer of them. */
const RUNS = { rows: 60, schemas: 15 };
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000_007);

const postgres = await findPostgres();
let world: World;
let drop: (() => Promise<void>) | undefined;

/** What is known to exist, as the requests need it. */
const contracts: Record<Side, string[]> = { a: [], b: [] };
const accounts: Record<Side, string[]> = { a: [], b: [] };
const people: Record<Side, string[]> = { a: [], b: [] };
const cursors: string[] = [];
/** Everything that a side sent: what it named itself may come back, also in its log of refusals. */
const sentBy: Record<Side, string> = { a: '', b: '' };
let isolation: Isolation = 'rows';
let requests = 0;
let answered = 0;

const WHO: Readonly<Record<Side, readonly Actor[]>> = {
  a: ['a.rep', 'a.mgr', 'a.admin', 'a.auditor'],
  b: ['b.rep', 'b.admin'],
};

async function act(side: Side, action: Action): Promise<void> {
  const { ids } = world;
  const tenants = { a: ids['A'] ?? '', b: ids['B'] ?? '' };
  const request = requestOf(action, side, { contracts, accounts, people, tenants, cursors });
  const actor = WHO[side][action.pick % WHO[side].length] as Actor;
  sentBy[side] += JSON.stringify(request);
  const answer = await send(world, request, actor);
  requests += 1;
  if (answer.status < 300) answered += 1;
  check(side, { sent: JSON.stringify(request), answer, actor });
  learn(side, answer);
}

function check(
  side: Side,
  { sent, answer, actor }: { sent: string; answer: Sent; actor: Actor },
): void {
  const other: Side = side === 'a' ? 'b' : 'a';
  const seen = `${JSON.stringify(answer.headers)} ${answer.text}`;
  expect(answer.status, `${sent}\n${answer.text}`).toBeLessThan(500);
  expect(seen, `${actor}: ${sent}`).not.toContain(canaryOf(other));
  // With schemas the other side can have made a record under the id of one that is known here.
  const known = isolation === 'schemas' ? [...contracts[side], ...accounts[side]] : [];
  const foreign = [...contracts[other], ...accounts[other], ...people[other]].filter(
    (id) => !sentBy[side].includes(id) && !known.includes(id),
  );
  expect(
    foreign.filter((id) => seen.includes(id)),
    `${actor}: ${sent}`,
  ).toEqual([]);
  const made = (answer.body as { data?: { record?: { created_by?: string } } } | undefined)?.data
    ?.record?.created_by;
  if (answer.status === 201 && made !== undefined && !sent.includes('idempotency-key')) {
    expect(made, `${actor}: ${sent}`).toContain(world.ids[actor]);
  }
}

/** Remembers what exists now, so that the other side can aim at it. */
function learn(side: Side, { body, text }: Sent): void {
  const { data } = (body ?? {}) as { data?: { id?: string; object?: string; next?: string } };
  if (data?.object === 'contract' && data.id !== undefined && !contracts[side].includes(data.id)) {
    contracts[side].push(data.id);
  }
  const account = /"object":"account","action":"create","id":"([^"]+)"/.exec(text)?.[1];
  if (account !== undefined) accounts[side].push(account);
  const cursor = /"next":"([\w.~-]+)"/.exec(text)?.[1];
  if (cursor !== undefined) cursors.push(cursor);
}

/** What one run learned is nothing to the next one. */
function forget(): void {
  for (const side of SIDES) {
    contracts[side].length = 0;
    accounts[side].length = 0;
    sentBy[side] = '';
  }
  cursors.length = 0;
  [requests, answered] = [0, 0];
}

const places = {
  rows: async () => createWorld({ database: 'sqlite::memory:' }),
  async schemas() {
    const place = await emptyPostgres(postgres ?? '');
    drop = () => place.drop();
    return createWorld({ database: place.url, tenantSchemas: true });
  },
};

describe.each(postgres === undefined ? (['rows'] as const) : (['rows', 'schemas'] as const))(
  'tenants isolated by %s',
  (by) => {
    beforeAll(async () => {
      forget();
      isolation = by;
      world = await places[by]();
      for (const side of SIDES) people[side] = WHO[side].map((actor) => world.ids[actor] ?? '');
    });
    afterAll(async () => {
      await stopAndCheck(world.kernel);
      await drop?.();
    });

    it(
      'nothing of one tenant is in anything that is sent to the other',
      { timeout: 120_000 },
      async () => {
        for (const side of SIDES) {
          const base = { pick: 0, foreign: false, word: 0 };
          await act(side, { ...base, kind: 'create' });
          await act(side, { ...base, kind: 'crossBatch' });
          await act(side, { ...base, kind: 'replay' });
        }
        await fc.assert(
          fc.asyncProperty(actionsOfBoth, async (pairs) => {
            // The two requests of a pair are under way at the same time.
            for (const { a, b } of pairs) await Promise.all([act('a', a), act('b', b)]);
          }),
          { numRuns: RUNS[by], seed, endOnFailure: true },
        );
        console.log(`canaries: ${requests} requests, ${answered} answered, seed ${seed}`);
        expect(answered).toBeGreaterThan(requests / 4);
        for (const side of SIDES) expect(contracts[side].length).toBeGreaterThan(2);
      },
    );

    it('nothing of any tenant is in logs, metrics and names of metrics', async () => {
      const logs = JSON.stringify(world.kernel.logs, (_key, value: unknown) =>
        value instanceof Error ? { message: value.message, stack: value.stack } : value,
      );
      const metrics = await send(
        world,
        { method: 'GET', path: '/metrics', headers: {} },
        'p.operator',
      );
      expect(metrics.status).toBe(200);
      expect(metrics.text).toContain('objectos_');
      for (const text of [logs, metrics.text]) {
        for (const side of SIDES) {
          expect(text).not.toContain(canaryOf(side));
          const own = [...contracts[side], ...accounts[side]];
          expect(own.filter((id) => text.includes(id))).toEqual([]);
        }
      }
    });
  },
);
