import type { CounterService, MaybePromise } from '@objectos/spec/contracts';
import { beforeEach, describe, expect, it } from 'vitest';

/** Counters under test. */
export interface CounterFixture {
  readonly counters: CounterService;
  /** The same counters, as another node sees them; absent where no other node sees them. */
  readonly elsewhere?: CounterService | undefined;
  /** Lets this many milliseconds pass for the counters. */
  advance(milliseconds: number): MaybePromise<void>;
}

/** The suite that every backend of counters must pass. Call it in a Vitest file. */
export function counterContract(name: string, factory: () => MaybePromise<CounterFixture>): void {
  describe(`counter contract: ${name}`, () => {
    let fixture: CounterFixture;
    const one = async (key: string, by: number, ttl = 60_000) => {
      const [value] = await fixture.counters.add([{ key, by, ttl }]);
      return value;
    };
    beforeEach(async () => {
      fixture = await factory();
    });

    it('adds up, each key for itself', async () => {
      expect(await one('a', 1)).toBe(1);
      expect(await one('a', 41)).toBe(42);
      expect(await one('b', 7)).toBe(7);
      expect(await one('ä\u0000 b', 2)).toBe(2);
    });

    it('answers many at once, in order, the same key twice included', async () => {
      const ttl = 60_000;
      const added = ['x', 'y', 'x'].map((key, index) => ({ key, by: index + 1, ttl }));
      expect(await fixture.counters.add(added)).toEqual([1, 2, 4]);
      expect(await fixture.counters.add([])).toEqual([]);
    });

    it('loses nothing of what is added at the same time', async () => {
      const values = await Promise.all(Array.from({ length: 200 }, () => one('hot', 1)));
      expect(new Set(values).size).toBe(200);
      expect(await one('hot', 1)).toBe(201);
    });

    it('ends a counter after its time, counted from the first increment', async () => {
      await one('short', 5, 400);
      const next = async () => {
        await fixture.advance(100);
        // A longer time of a later increment changes nothing.
        return one('short', 1, 60_000);
      };
      await expect.poll(next).toBe(1);
      expect(await next()).toBe(2);
    });

    it('counts with other nodes where it says so', async () => {
      expect(fixture.counters.shared).toBe(fixture.elsewhere !== undefined);
      await one('both', 1);
      const [value] = (await fixture.elsewhere?.add([{ key: 'both', by: 1, ttl: 60_000 }])) ?? [];
      expect(value).toBe(fixture.elsewhere === undefined ? undefined : 2);
    });
  });
}
