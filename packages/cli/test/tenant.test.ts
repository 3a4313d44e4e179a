import {
  auditService,
  dataEngineService,
  systemContext,
  type RecordData,
} from '@objectos/spec/contracts';
import { emptyPostgres, findPostgres } from '@objectos/testing';
import { databaseService } from '@objectql/core/plugin';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { withApplication } from '../src/headless.js';
import { main } from '../src/index.js';

const CUSTOMER = `fields:
  number: { type: autonumber }
  name: { type: text, unique: true }
  tags: { type: tags }
  since: { type: date }
`;
const ORDER = `fields:
  customer: { type: master_detail, reference: customer }
  amount: { type: currency }
`;
const system = systemContext('test');
const inA = systemContext('test', { tenantId: 'org-aaaa' });
const inB = systemContext('test', { tenantId: 'org-bbbb' });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-tenant-'));
  mkdirSync(path.join(folder, 'objects'));
  writeFileSync(path.join(folder, 'objects/customer.object.yml'), CUSTOMER);
  writeFileSync(path.join(folder, 'objects/order.object.yml'), ORDER);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Databases whose organizations have schemas. */
const isolated = new Set<string>();

function terminal(url = '') {
  let [out, err] = ['', ''];
  const isolation = { OBJECTOS_TENANT_ISOLATION: 'schema' };
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    environment: isolated.has(url) ? isolation : {},
    signal: new AbortController().signal,
  };
  return { io, out: () => out, err: () => err };
}

const tenant = (url: string, ...args: string[]) => objectos(url, 'tenant', ...args);

async function objectos(url: string, ...args: string[]) {
  const { io, out, err } = terminal(url);
  const exitCode = await main([...args, folder, '--database', url, '--json'], io);
  return { exitCode, out: out(), err: err() };
}

const engineOf = <T>(
  url: string,
  work: (app: Parameters<Parameters<typeof withApplication>[3]>[0]) => Promise<T>,
) => withApplication(folder, { database: url }, terminal(url).io, work);

async function fill(url: string): Promise<void> {
  await engineOf(url, async ({ kernel }) => {
    const engine = kernel.service(dataEngineService);
    const ann = await engine.insert('user', { name: 'Ann', email: 'ann@example.com' }, system);
    for (const [ctx, id] of [
      [inA, 'org-aaaa'],
      [inB, 'org-bbbb'],
    ] as const) {
      const options = { acceptId: true };
      await engine.insert('organization', { id, name: id, slug: id }, system, options);
      const member = { organization: id, user_id: ann['id'], role: 'member' };
      await engine.insert('member', member, system);
      for (const name of ['one', 'two']) {
        const customer = await engine.insert(
          'customer',
          { name, tags: ['x', 'y'], since: '2020-02-29' },
          ctx,
        );
        await engine.insert('order', { customer: customer['id'], amount: 12.5 }, ctx);
      }
      await engine.once({ scope: 's', key: 'k', fingerprint: 'f' }, ctx, async () => 1);
    }
  });
}

/** What the audit log tells of organizations, oldest first. */
async function told(url: string, tenantId: string | null): Promise<string[]> {
  return engineOf(url, async ({ kernel }) => {
    const entries = await kernel.service(auditService).list({ tenantId });
    const about = entries.filter(({ kind }) => kind.startsWith('tenant.'));
    expect(about.every(({ actor, detail }) => actor === 'system:cli' && detail !== null)).toBe(
      true,
    );
    return about.map(({ kind }) => kind).reverse();
  });
}

async function recordsOf(url: string, ctx: typeof inA): Promise<Record<string, RecordData[]>> {
  return engineOf(url, async ({ kernel }) => {
    const engine = kernel.service(dataEngineService);
    const orderBy = [{ field: 'id', direction: 'asc' }] as const;
    const read = async (object: string) => (await engine.find(object, { orderBy }, ctx)).records;
    return { customer: await read('customer'), order: await read('order') };
  });
}

const postgres = await findPostgres();

const SCHEMAS = 'PostgreSQL with schemas';
/** Where an organization is exported from, and where it is imported. */
const PAIRS = [
  ['SQLite', 'SQLite'],
  ...(postgres === undefined
    ? []
    : ([
        ['PostgreSQL', 'PostgreSQL'],
        [SCHEMAS, SCHEMAS],
        ['SQLite', SCHEMAS],
        [SCHEMAS, 'PostgreSQL'],
      ] as const)),
] as const;

async function emptyDatabase(kind: string, name: string): Promise<string> {
  if (kind === 'SQLite' || postgres === undefined) {
    return `sqlite:${path.join(folder, `${name}.sqlite`)}`;
  }
  const place = await emptyPostgres(postgres);
  onTestFinished(() => place.drop());
  if (kind === SCHEMAS) isolated.add(place.url);
  return place.url;
}

describe('objectos tenant', () => {
  it.each(PAIRS)(
    'exports, imports equal records, and erases until nothing is left, from %s to %s',
    async (from, to) => {
      const [first, second] = [await emptyDatabase(from, 'a'), await emptyDatabase(to, 'b')];
      await fill(first);
      const before = await recordsOf(first, inA);
      const others = await recordsOf(first, inB);
      const file = path.join(folder, 'a.jsonl');
      const exported = await tenant(first, 'export', 'org-aaaa', '--out', file);
      expect(exported.err).toBe('');
      const { result } = JSON.parse(exported.out) as { result: Record<string, number> };
      expect(result).toMatchObject({ organization: 1, member: 1, customer: 2, order: 2 });
      expect(readFileSync(file, 'utf8')).not.toContain('org-bbbb');

      expect(await tenant(second, 'import', file)).toMatchObject({ exitCode: 0, err: '' });
      expect(await recordsOf(second, inA)).toEqual(before);
      await engineOf(second, async ({ kernel }) => {
        const next = { name: 'three' };
        const made = await kernel.service(dataEngineService).insert('customer', next, inA);
        expect(made['number']).toBe('00003');
      });
      const again = await tenant(second, 'import', file);
      expect(again.err).toContain('tenant_exists');

      expect((await tenant(first, 'erase', 'org-aaaa')).err).toContain('--yes');
      expect(await told(first, 'org-aaaa')).toEqual(['tenant.exported']);
      const erased = await tenant(first, 'erase', 'org-aaaa', '--yes');
      expect(erased).toMatchObject({ exitCode: 0, err: '' });
      const left = recordsOf(first, inA);
      if (from === SCHEMAS) {
        await expect(left).rejects.toMatchObject({ code: 'tenant_schema_missing' });
      } else expect(await left).toEqual({ customer: [], order: [] });
      expect(await recordsOf(first, inB)).toEqual(others);
      expect((await tenant(first, 'export', 'org-aaaa')).err).toContain('tenant_not_found');
      expect(await told(first, null)).toEqual(['tenant.exported', 'tenant.erased']);
      expect(await told(second, null)).toEqual(['tenant.imported']);
    },
  );

  it('refuses an archive that is not whole, and leaves nothing of it', async () => {
    const [first, second] = [
      await emptyDatabase('SQLite', 'a'),
      await emptyDatabase('SQLite', 'b'),
    ];
    await fill(first);
    const file = path.join(folder, 'a.jsonl');
    await tenant(first, 'export', 'org-aaaa', '--out', file);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    writeFileSync(file, lines.slice(0, -1).join('\n'));
    expect((await tenant(second, 'import', file)).err).toContain('tenant_archive_invalid');
    expect(await recordsOf(second, inA)).toEqual({ customer: [], order: [] });
    writeFileSync(file, 'nothing of the kind');
    expect((await tenant(second, 'import', file)).err).toContain('tenant_archive_invalid');
  });

  it.each(
    (['text', 'json'] as const).flatMap((type) =>
      (postgres === undefined ? ['SQLite'] : ['SQLite', 'PostgreSQL']).map((kind) => ({
        type,
        kind,
      })),
    ),
  )('says so when something is left in $type on $kind', async ({ type, kind }) => {
    const url = await emptyDatabase(kind, 'a');
    await fill(url);
    await engineOf(url, async ({ kernel }) => {
      const database = kernel.service(databaseService);
      const own = {
        name: 'own_notes',
        columns: [
          { name: 'id', type: 'text', nullable: false },
          { name: 'about', type, nullable: true },
        ],
        indexes: [],
      } as const;
      await database.ensureTables([own]);
      const about = type === 'text' ? 'of org-aaaa' : { deep: [{ id: 'org-aaaa' }] };
      const note = [{ id: 'n', about }];
      await database.transaction(system, (session) => session.insert(own, note));
    });
    const { exitCode, err } = await tenant(url, 'erase', 'org-aaaa', '--yes');
    expect(exitCode).toBe(1);
    expect(err).toContain('tenant_not_erased');
    expect(err).toContain('own_notes');
  });
});

it('objectos tenant clone copies records and counters under ids of their own', async () => {
  const url = await emptyDatabase('SQLite', 'a');
  await fill(url);
  const before = await recordsOf(url, inA);
  const to = ['--id', 'org-copy', '--name', 'The Copy'];
  expect(await tenant(url, 'clone', 'org-aaaa', ...to)).toMatchObject({ exitCode: 0, err: '' });
  expect(await recordsOf(url, inA)).toEqual(before);
  const copy = await recordsOf(url, systemContext('test', { tenantId: 'org-copy' }));
  const names = (records: RecordData[] = []) =>
    records.map(({ name, number, tags, since }) => ({ name, number, tags, since }));
  expect(names(copy['customer'])).toEqual(names(before['customer']));
  const ids = copy['customer']?.map((record) => record['id']) ?? [];
  expect(before['customer']?.some((record) => ids.includes(record['id']))).toBe(false);
  expect(copy['order']?.map((record) => record['customer']).sort()).toEqual([...ids].sort());
  await engineOf(url, async ({ kernel }) => {
    const engine = kernel.service(dataEngineService);
    const organization = await engine.get('organization', 'org-copy', system);
    expect(organization).toMatchObject({ name: 'The Copy', slug: 'the-copy' });
    const where = { op: 'eq', field: 'organization', value: 'org-copy' } as const;
    expect(await engine.count('member', { where }, system)).toBe(0);
    const ctx = systemContext('test', { tenantId: 'org-copy' });
    expect((await engine.insert('customer', { name: 'three' }, ctx))['number']).toBe('00003');
  });
  expect((await tenant(url, 'clone', 'org-aaaa', ...to)).err).toContain('tenant_exists');
});

it('objectos tenant suspend and resume mark the organization', async () => {
  const url = await emptyDatabase('SQLite', 'a');
  await fill(url);
  const since = () =>
    engineOf(url, async ({ kernel }) => {
      const one = await kernel.service(dataEngineService).get('organization', 'org-aaaa', system);
      return one['suspended_at'];
    });
  expect((await tenant(url, 'suspend', 'org-aaaa')).exitCode).toBe(0);
  expect(await since()).toEqual(expect.any(String));
  expect((await tenant(url, 'resume', 'org-aaaa')).exitCode).toBe(0);
  expect(await since()).toBeNull();
  for (const chain of [null, 'org-aaaa']) {
    expect(await told(url, chain)).toEqual(['tenant.suspended', 'tenant.resumed']);
  }
  expect((await tenant(url, 'suspend', 'nobody')).err).toContain('tenant_not_found');
});

it('objectos tenant quota shows what is used, and sets limits that hold', async () => {
  const url = await emptyDatabase('SQLite', 'a');
  await fill(url);
  const lines = (out: string) => (JSON.parse(out) as { result: string }).result.split('\n');
  const shown = await tenant(url, 'quota', 'org-aaaa');
  expect(shown.err).toBe('');
  expect(lines(shown.out)).toEqual([
    'records: 4 not limited',
    'storageBytes: 0 not limited',
    'apiCallsPerDay: not counted not limited',
    'jobsPerDay: not counted not limited',
  ]);
  writeFileSync(path.join(folder, 'objectos.config.yml'), 'quotas: { storageBytes: 1000 }\n');
  const set = await tenant(url, 'quota', 'org-aaaa', '--set=records=5', '--set=jobsPerDay=0');
  expect(set.err).toBe('');
  expect(lines(set.out)).toEqual([
    'records: 4 of 5',
    'storageBytes: 0 of 1000 (configuration)',
    'apiCallsPerDay: not counted not limited',
    'jobsPerDay: 0 of 0',
  ]);
  await engineOf(url, async ({ kernel }) => {
    const engine = kernel.service(dataEngineService);
    await engine.insert('customer', { name: 'three' }, inA);
    await expect(engine.insert('customer', { name: 'four' }, inA)).rejects.toMatchObject({
      code: 'quota_exceeded',
    });
    await engine.insert('customer', { name: 'three' }, inB);
  });
  const back = await tenant(url, 'quota', 'org-aaaa', '--set=records=default');
  expect(lines(back.out)[0]).toBe('records: 5 not limited');
  expect((await tenant(url, 'quota', 'org-aaaa', '--set=records=lots')).err).toContain(
    'quota_invalid',
  );
  expect((await tenant(url, 'quota', 'org-aaaa', '--set=pages=1')).err).toContain('quota_invalid');
  expect((await tenant(url, 'quota', 'nobody')).err).toContain('tenant_not_found');
});

describe.skipIf(postgres === undefined)('with a schema for each organization', () => {
  it('objectos tenant clone makes another one, and quota counts what is in it', async () => {
    const url = await emptyDatabase(SCHEMAS, 'a');
    await fill(url);
    const to = ['--id', 'org-copy', '--name', 'The Copy'];
    expect(await tenant(url, 'clone', 'org-aaaa', ...to)).toMatchObject({ exitCode: 0, err: '' });
    const copy = await recordsOf(url, systemContext('test', { tenantId: 'org-copy' }));
    expect(copy['customer']).toHaveLength(2);
    expect((await tenant(url, 'clone', 'org-aaaa', ...to)).err).toContain('tenant_exists');
    const { out } = await tenant(url, 'quota', 'org-copy');
    expect(out).toContain('records: 4 not limited');
    expect((await tenant(url, 'quota', 'org-copy', '--set=records=4')).err).toBe('');
    await engineOf(url, async ({ kernel }) => {
      const engine = kernel.service(dataEngineService);
      const ctx = systemContext('test', { tenantId: 'org-copy' });
      await expect(engine.insert('customer', { name: 'x' }, ctx)).rejects.toMatchObject({
        code: 'quota_exceeded',
      });
    });
  });

  it('objectos tenant isolate moves an installation there, and back', async () => {
    const url = await emptyDatabase('PostgreSQL', 'a');
    await fill(url);
    const [before, others] = [await recordsOf(url, inA), await recordsOf(url, inB)];
    expect((await tenant(url, 'isolate')).err).toContain('tenant_isolation_unsupported');
    isolated.add(url);
    const refused = await objectos(url, 'verify', 'derived');
    expect(refused.err).toContain('tenant_isolation_pending');
    const moved = await tenant(url, 'isolate');
    expect(moved.err).toBe('');
    expect(JSON.parse(moved.out)).toEqual({ result: { 'org-aaaa': 4, 'org-bbbb': 4 } });
    expect([await recordsOf(url, inA), await recordsOf(url, inB)]).toEqual([before, others]);
    expect((await objectos(url, 'migrate', 'status')).exitCode).toBe(0);
    isolated.delete(url);
    expect((await objectos(url, 'verify', 'derived')).err).toContain('tenant_isolation_pending');
    isolated.add(url);
    expect((await tenant(url, 'isolate', '--undo')).err).toBe('');
    isolated.delete(url);
    expect([await recordsOf(url, inA), await recordsOf(url, inB)]).toEqual([before, others]);
  });

  it('objectos export and import move records of the organization that is named', async () => {
    const url = await emptyDatabase(SCHEMAS, 'a');
    await fill(url);
    const file = path.join(folder, 'customers.jsonl');
    expect((await objectos(url, 'export', 'customer')).err).toContain('tenant_required');
    const of = (id: string) => ['--organization', id];
    const exported = await objectos(url, 'export', 'customer', '--out', file, ...of('org-aaaa'));
    expect(exported.exitCode).toBe(0);
    expect(readFileSync(file, 'utf8').trim().split('\n')).toHaveLength(2);
    const none = await objectos(url, 'export', 'customer', ...of('none'), '--format', 'jsonl');
    expect(none).toMatchObject({ exitCode: 0, out: '' });
    const into = ['--object', 'customer', '--key', 'name', ...of('org-bbbb')];
    const imported = await objectos(url, 'import', file, ...into);
    expect(imported.err).not.toContain('tenant_required');
    expect((await recordsOf(url, inB))['customer']).toHaveLength(2);
  });

  it.each(['sqlite::memory:', 'mongodb://127.0.0.1:1/x'])('is refused on %s', async (url) => {
    isolated.add(url);
    expect((await tenant(url, 'quota', 'org-aaaa')).err).toContain('tenant_isolation_unsupported');
  });

  it('is refused where nobody signs in', async () => {
    const url = await emptyDatabase(SCHEMAS, 'a');
    writeFileSync(path.join(folder, 'objectos.config.yml'), 'security: startup-token\n');
    expect((await tenant(url, 'quota', 'org-aaaa')).err).toContain('only people who sign in');
  });
});
