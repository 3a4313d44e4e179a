import { emptyPostgres, findPostgres, stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCases, type GoldenCase } from './cases.js';
import { comparable, judge } from './judge.js';
import { send } from './send.js';
import { variantsOf, type Variant } from './variants.js';
import { createWorld, type Actor, type World } from './world.js';

const cases = loadCases();
const postgres = await findPostgres();

/** Sent before each case, so that what the engine keeps about an actor is not counted in it. */
const LIST = { method: 'GET', path: '/api/data/contract?top=1', headers: {} } as const;

async function problemsOf(
  world: World,
  one: GoldenCase,
  { variant, actor }: { variant: Variant; actor: Actor },
): Promise<string[]> {
  const answer = await send(world, variant.request, actor);
  const problems = judge(one, { actor, answer, world });
  const { sameAs } = one.expect;
  if (sameAs !== undefined) {
    const other = JSON.parse(
      JSON.stringify(variant.request).replaceAll(sameAs.instead, sameAs.use),
    ) as Variant['request'];
    const twin = await send(world, other, actor);
    const hide = [sameAs.instead, sameAs.use].map(
      (text) => world.ids[/^\{(.*)\}$/.exec(text)?.[1] ?? ''] ?? text,
    );
    const [mine, theirs] = [comparable(answer, hide), comparable(twin, hide)];
    if (mine !== theirs) problems.push(`differs from ${sameAs.use}:\n${mine}\n${theirs}`);
  }
  return problems.map((problem) => `${actor} on ${variant.surface}: ${problem}`);
}

function suite(
  name: string,
  database: () => Promise<{ url: string; drop?: () => Promise<void> }>,
  tenantSchemas = false,
) {
  describe(`golden security cases on ${name}`, () => {
    let world: World;
    let drop: (() => Promise<void>) | undefined;
    beforeAll(async () => {
      const place = await database();
      drop = place.drop;
      world = await createWorld({ database: place.url, tenantSchemas });
    });
    afterAll(async () => {
      await stopAndCheck(world.kernel);
      await drop?.();
    });

    it.each(cases)('row $row: $name', async (one) => {
      const before = await world.state();
      const problems: string[] = [];
      for (const actor of [one.as].flat()) {
        await send(world, LIST, actor);
        for (const variant of variantsOf(one)) {
          problems.push(...(await problemsOf(world, one, { variant, actor })));
        }
      }
      if (!one.expect.changes && (await world.state()) !== before) {
        problems.push('something was changed');
      }
      expect(problems.join('\n')).toBe('');
    });
  });
}

suite('SQLite', () => Promise.resolve({ url: 'sqlite::memory:' }));
if (postgres === undefined) {
  describe.skip('golden security cases on PostgreSQL - SKIPPED, none answers here', () =>
    it('is there'));
} else {
  suite('PostgreSQL', () => emptyPostgres(postgres));
  suite('PostgreSQL with a schema for each tenant', () => emptyPostgres(postgres), true);
}
