import { createObjectQL, createDataRuntime } from '../../src/index.js';
import { systemContext } from '@objectos/spec/contracts';
import { SqlDriver } from '@objectql/driver-sql';
import { describe, expect, it } from 'vitest';
import { mortal } from '../migrate/mortal.js';
import { APPLICATION, layersOf } from './metadata.js';
import {
  A,
  addOrganization,
  B,
  emptyPlace,
  everywhere,
  inA,
  inB,
  installation,
  openProcess,
  schemasOf,
  server,
  type TenantWorld,
} from './support.js';

/** An installation with rows of organizations in common tables. */
async function openRows(): Promise<TenantWorld> {
  const world = await openProcess(await emptyPlace(), false);
  await world.runtime.load(layersOf());
  for (const id of [A, B]) await addOrganization(world, id);
  for (const ctx of [inA, inB, everywhere]) {
    const account = await world.engine.insert('account', { name: 'Acme', code: 'c' }, ctx);
    await world.engine.insert('task', { name: 't', account: account['id'] }, ctx);
  }
  return world;
}

async function contentOf({ engine }: TenantWorld): Promise<unknown> {
  const read = async (object: string, ctx: typeof inA) =>
    (await engine.find(object, {}, ctx)).records;
  const places = [inA, inB, installation];
  return Promise.all(places.flatMap((ctx) => [read('account', ctx), read('task', ctx)]));
}

async function isolate({ runtime }: TenantWorld, undo = false) {
  await runtime.connect();
  return runtime.migrator.isolate?.(await runtime.target(layersOf()), { undo });
}

describe.skipIf(server === undefined)('an installation with common tables', () => {
  it('does not start with schemas before its records are there, moves them, and back', async () => {
    const rows = await openRows();
    const content = await contentOf(rows);
    const schemas = await openProcess(rows.place);
    await expect(schemas.runtime.load(layersOf())).rejects.toMatchObject({
      code: 'tenant_isolation_pending',
      params: { isolation: 'schema', organizations: 2 },
      hint: expect.stringContaining('objectos tenant isolate') as string,
    });
    expect(await schemasOf(rows)).toEqual([]);
    expect(await isolate(schemas)).toEqual({ [A]: 2, [B]: 2 });
    expect(await isolate(schemas)).toEqual({});
    await schemas.runtime.load(layersOf());
    expect(await contentOf(schemas)).toEqual(content);
    const left = await rows.place.sql('SELECT count(*)::int AS n FROM account');
    expect(left).toEqual([{ n: 1 }]);
    const next = await schemas.engine.insert('account', { name: 'next' }, inA);
    expect(next['number']).toBe('00002');

    const again = await openProcess(rows.place, false);
    await expect(again.runtime.load(layersOf())).rejects.toMatchObject({
      code: 'tenant_isolation_pending',
      params: { isolation: 'row', organizations: 2 },
    });
    await schemas.engine.delete('account', String(next['id']), inA);
    await schemas.engine.purge('account', String(next['id']), inA);
    expect(await isolate(schemas, true)).toEqual({ [A]: 2, [B]: 2 });
    expect(await schemasOf(rows)).toEqual([]);
    const back = await openProcess(rows.place, false);
    await back.runtime.load(layersOf());
    expect(await contentOf(back)).toEqual(content);
  });

  it('is moved on when moving was interrupted', async () => {
    const rows = await openRows();
    const content = await contentOf(rows);
    const { driver } = await openProcess(rows.place);
    for (let count = 1; count < 30; count += 1) {
      const die = (): never => {
        throw new Error('dead');
      };
      const dying = mortal(driver, { count, where: 'within', die });
      const runtime = createDataRuntime({ driver: dying, autoMigrate: 'backfill' });
      const target = await runtime.target(layersOf()).catch(() => undefined);
      if (target === undefined) continue;
      const ended = await runtime.migrator.isolate?.(target, {}).catch(() => undefined);
      if (ended !== undefined) break;
    }
    const schemas = await openProcess(rows.place);
    await schemas.runtime.load(layersOf());
    expect(await contentOf(schemas)).toEqual(content);
  });

  it('is refused where records name an organization that nobody made', async () => {
    const rows = await openProcess(await emptyPlace(), false);
    await rows.runtime.load(layersOf());
    await rows.engine.insert(
      'account',
      { name: 'x' },
      systemContext('test', { tenantId: 'ghost' }),
    );
    const schemas = await openProcess(rows.place);
    await expect(schemas.runtime.load(layersOf())).rejects.toMatchObject({
      code: 'tenant_isolation_pending',
    });
    expect(await isolate(schemas)).toEqual({ ghost: 1 });
  });

  it('is just as well a host that embeds the engine', async () => {
    const place = await emptyPlace();
    const driver = new SqlDriver({ url: place.url, tenantSchemas: true });
    const objectql = createObjectQL({ driver });
    try {
      await objectql.loadSources(
        Object.entries({
          ...APPLICATION,
          organization: 'fields: { name: { type: text } }',
          user: 'fields: { name: { type: text } }',
        }).map(([name, text]) => ({ file: `objects/${name}.object.yml`, text })),
      );
      await objectql.insert('organization', { id: 'o', name: 'O' }, everywhere, { acceptId: true });
      const ctx = systemContext('host', { tenantId: 'o' });
      await objectql.insert('account', { name: 'of O' }, ctx);
      expect(await objectql.count('account', {}, ctx)).toBe(1);
      expect(await objectql.count('account', {}, installation)).toBe(0);
    } finally {
      await driver.close();
    }
  });
});
