import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { systemContext } from '@objectos/spec/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataRuntime } from '../../src/index.js';
import { mortal } from '../migrate/mortal.js';
import { tenantSchemaName } from '../../../driver-sql/src/postgres/tenant-schemas.js';
import { layersOf } from './metadata.js';
import { AFTER, BEFORE, PEOPLE } from './migration-fixture.js';
import {
  addOrganization,
  emptyPlace,
  everywhere,
  openProcess,
  server,
  type TenantWorld,
} from './support.js';

const ORGANIZATIONS = ['org-1', 'org-2', 'org-3'];
const inOrganization = (tenantId: string) => systemContext('test', { tenantId });

const folder = mkdtempSync(path.join(tmpdir(), 'objectos-tenant-migration-'));
const program = path.join(folder, 'migrate.mjs');
beforeAll(async () => {
  await build({
    entryPoints: [fileURLToPath(new URL('migration-process.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@objectos/source'],
    external: ['@photostructure/sqlite', 'pg-native'],
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
    },
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Three organizations with records of the former metadata. */
async function openFilled(): Promise<TenantWorld> {
  const world = await openProcess(await emptyPlace());
  await world.runtime.load(layersOf(BEFORE));
  for (const id of ORGANIZATIONS) {
    await addOrganization(world, id);
    const people = Array.from({ length: PEOPLE }, (_, at) => ({
      name: `${id} ${at}`,
      age: String(at % 90),
      mail: `p${at}@example.com`,
    }));
    await world.engine.insertMany('contact', people, inOrganization(id));
  }
  return world;
}

async function expectMigrated({ engine, runtime }: TenantWorld): Promise<void> {
  const orderBy = [{ field: 'id', direction: 'asc' }] as const;
  for (const id of ORGANIZATIONS) {
    const ctx = inOrganization(id);
    const { records } = await engine.find('person', { orderBy, limit: 1000 }, ctx);
    expect(records).toHaveLength(PEOPLE);
    records.forEach((record, at) => {
      expect(record).toMatchObject({ name: `${id} ${at}`, age: at % 90, status: 'active' });
    });
  }
  const target = await runtime.target(layersOf(AFTER));
  const { report, tenants } = await runtime.migrator.status(target);
  expect(report.plan.steps).toEqual([]);
  expect(tenants?.map(({ organization }) => organization)).toEqual(ORGANIZATIONS);
  for (const one of tenants ?? []) {
    expect(one).toMatchObject({ drift: [], running: undefined, report: { problems: [] } });
    expect(one.report.plan.steps).toEqual([]);
  }
}

function killAt(url: string, count: number): Promise<unknown> {
  const child = spawn(process.execPath, [program, url, String(count)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)));
}

describe.skipIf(server === undefined)('a migration of many schemas', () => {
  it.each([4, 13, 22])('killed by kill -9 in transaction %i goes on', async (count) => {
    const world = await openFilled();
    expect(await killAt(world.place.url, count)).toBe('SIGKILL');
    await world.runtime.load(layersOf(AFTER));
    await expectMigrated(world);
    expect(await world.runtime.load(layersOf(AFTER))).toMatchObject({ schemaChanges: 0 });
  });

  it('that dies before any of its transactions goes on with the next attempt', async () => {
    const world = await openFilled();
    const death = new Error('dead');
    let attempts = 0;
    for (let ended = false; !ended; attempts += 1) {
      const die = (): never => {
        throw death;
      };
      // Every attempt gets a little further, so each begins where another one died.
      const driver = mortal(world.driver, { count: attempts + 2, where: 'before', die });
      const runtime = createDataRuntime({ driver, autoMigrate: 'backfill' });
      ended = await runtime.load(layersOf(AFTER)).then(
        () => true,
        () => false,
      );
    }
    expect(attempts).toBeGreaterThan(5);
    await world.runtime.load(layersOf(AFTER));
    await expectMigrated(world);
  });

  it('keeps nobody waiting for one whose records do not allow it, and says whose', async () => {
    const world = await openFilled();
    const { id } = await world.engine.insert('contact', { age: 'old' }, inOrganization('org-2'));
    const load = () => world.runtime.load(layersOf(AFTER));
    await expect(load()).rejects.toMatchObject({
      code: 'tenant_migration_failed',
      params: { reasons: [expect.stringMatching(/^org-2: .*person\.age/s)] },
    });
    const target = await world.runtime.target(layersOf(AFTER));
    const plan = await world.runtime.migrator.plan(target);
    expect(plan.tenants).toMatchObject([{ organization: 'org-2' }]);
    expect(plan.tenants?.[0]?.report.problems).toHaveLength(1);
    await world.engine.purge('contact', String(id), inOrganization('org-2'));
    await load();
    await expectMigrated(world);
  });

  it('reaches organizations that a process with older metadata makes meanwhile', async () => {
    const older = await openFilled();
    const newer = await openProcess(older.place);
    await newer.runtime.load(layersOf(AFTER));
    await addOrganization(older, 'org-4');
    const ctx = inOrganization('org-4');
    expect(await newer.engine.insert('person', { name: 'new' }, ctx)).toMatchObject({ age: null });
    expect(await newer.runtime.load(layersOf(AFTER))).toMatchObject({ schemaChanges: 0 });
  });

  it('finds what somebody changed in one of them by hand', async () => {
    const world = await openFilled();
    const [base] = await world.place.sql('SELECT current_schema() AS name');
    const schema = tenantSchemaName(String(base?.['name']), 'org-2');
    await world.place.sql(`ALTER TABLE "${schema}".contact ADD COLUMN extra text`);
    const target = await world.runtime.target(layersOf(BEFORE));
    const { drift, tenants } = await world.runtime.migrator.status(target);
    expect(drift).toEqual([]);
    expect(tenants?.filter((one) => one.drift.length > 0)).toMatchObject([
      { organization: 'org-2', drift: [{ kind: 'unknown_column', name: 'contact.extra' }] },
    ]);
  });

  it('keeps what it takes away beside each of them until it is told to forget, and is not undone', async () => {
    const world = await openFilled();
    const target = await world.runtime.target(
      layersOf({ contact: 'fields: { name: { type: text } }' }),
    );
    const { migrator } = world.runtime;
    const outcome = await migrator.apply(target, { allowDestructive: true });
    expect(outcome.tenants?.map(({ done }) => done.length)).toEqual([4, 4, 4]);
    await expect(migrator.undo()).rejects.toMatchObject({ code: 'migration_undo_impossible' });
    const dropped = await migrator.forget();
    expect(dropped.filter((name) => name.startsWith('org-'))).toHaveLength(6);
    expect(await migrator.forget()).toEqual([]);
    await expect(world.engine.count('contact', {}, everywhere)).rejects.toMatchObject({
      code: 'tenant_required',
    });
  });
});
