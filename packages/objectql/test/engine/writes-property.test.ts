import { isObjectOSError } from '@objectos/spec/errors';
import { afterEach, describe, expect, it } from 'vitest';
import { openEngine, system } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine | undefined;
afterEach(() => engine?.close());

/** A small generator of numbers, the same for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Model {
  readonly live: Map<string, { name: string; revenue: number | null; revision: number }>;
  readonly trash: Map<string, { name: string; revenue: number | null; revision: number }>;
  readonly answers: Map<string, string>;
}

/** What a write did: its answer, or the code of its refusal. */
async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work);
  } catch (error) {
    if (isObjectOSError(error) && error.status < 500) return error.code;
    throw error;
  }
}

/** One write, on the engine and on a model that knows nothing of databases. */
async function step(on: Engine, model: Model, pick: (below: number) => number, serial: number) {
  const code = `c${pick(6)}`;
  const revenue = pick(5);
  const key = `k${pick(8)}`;
  switch (pick(6)) {
    case 0: {
      // The same key stands for the same request, so a repetition must change nothing.
      const name = `once ${key}`;
      const request = { key, scope: 'create', fingerprint: name };
      const told = await outcome(
        on.once(request, system, async (ctx) => {
          await on.upsert('account', { code: key, name, revenue: 0 }, ctx, { by: ['code'] });
          return name;
        }),
      );
      const known = model.answers.get(key);
      expect(JSON.parse(told)).toEqual({ result: name, replayed: known !== undefined });
      if (known !== undefined) return;
      model.answers.set(key, name);
      return upserted(model, key, { name, revenue: 0 });
    }
    case 1:
      await on.upsert('account', { code, name: `n${serial}`, revenue }, system, { by: ['code'] });
      return upserted(model, code, { name: `n${serial}`, revenue });
    case 2: {
      const where = { op: 'eq', field: 'revenue', value: revenue } as const;
      await on.updateWhere('account', where, { name: `w${serial}` }, system);
      for (const one of model.live.values()) {
        if (one.revenue !== revenue) continue;
        one.name = `w${serial}`;
        one.revision += 1;
      }
      return;
    }
    case 3: {
      const where = { op: 'eq', field: 'code', value: code } as const;
      await on.deleteWhere('account', where, system);
      const gone = model.live.get(code);
      model.live.delete(code);
      if (gone !== undefined) model.trash.set(`${code} ${serial}`, gone);
      return;
    }
    case 4: {
      const before = await state(on);
      await on.rehearse(system, async (ctx) => {
        await on.upsert('account', { code, name: 'rehearsed' }, ctx, { by: ['code'] });
        await on.deleteWhere('account', { op: 'and', args: [] }, ctx);
      });
      return expect(await state(on)).toEqual(before);
    }
    default: {
      const where = { op: 'and', args: [] } as const;
      const purged = await on.emptyTrash('account', where, system);
      expect(purged).toHaveLength(model.trash.size);
      return model.trash.clear();
    }
  }
}

function upserted(model: Model, code: string, values: { name: string; revenue: number }): void {
  const before = model.live.get(code);
  if (before === undefined) model.live.set(code, { ...values, revision: 1 });
  else if (before.name !== values.name || before.revenue !== values.revenue) {
    Object.assign(before, values, { revision: before.revision + 1 });
  }
}

async function state(on: Engine): Promise<unknown> {
  const { records } = await on.find('account', { limit: 1_000 }, system);
  return new Map(
    records
      .map(({ code, name, revenue, revision }) => [code, { name, revenue, revision }] as const)
      .sort(([one], [other]) => (String(one) < String(other) ? -1 : 1)),
  );
}

describe('sequences of writes with repetitions', () => {
  it.each([1, 2, 3, 4, 5])('leave what a naive model says (seed %i)', async (seed) => {
    engine = await openEngine();
    const pick = random(seed);
    const model: Model = { live: new Map(), trash: new Map(), answers: new Map() };
    for (let serial = 0; serial < 60; serial += 1) await step(engine, model, pick, serial);
    const expected = new Map([...model.live].sort(([one], [other]) => (one < other ? -1 : 1)));
    expect(await state(engine)).toEqual(expected);
    expect(await engine.count('account', { deleted: 'only' }, system)).toBe(model.trash.size);
  });
});
