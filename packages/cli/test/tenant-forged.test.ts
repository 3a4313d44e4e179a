import { dataEngineService, systemContext, type RecordData } from '@objectos/spec/contracts';
import { tenantDataService, type TenantData } from '@objectql/core/plugin';
import { emptyPostgres, findPostgres } from '@objectos/testing';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { withApplication, type HeadlessApplication } from '../src/headless.js';

const OBJECTS = {
  customer: 'fields: { number: { type: autonumber }, name: { type: text }, since: { type: date } }',
  order: `fields:
  customer: { type: lookup, reference: customer }
  watchers: { type: lookup, reference: customer, multiple: true }
  about: { type: lookup, reference: [customer, order] }
  amount: { type: currency }
  paid: { type: boolean }
`,
};
const system = systemContext('test');
const of = (tenantId: string) => systemContext('test', { tenantId });

interface Line {
  table: string;
  row: Record<string, unknown>;
}
interface Archive {
  head: { format: string; organization: string; tables: Record<string, number> };
  rows: Line[];
}

interface Ids {
  readonly customerB: string;
  readonly orderB: string;
  readonly annId: string;
}

const add =
  (table: string, row: Record<string, unknown>) =>
  ({ head, rows }: Archive): void => {
    const at = '2026-01-01T00:00:00.000Z';
    const stamps = table.startsWith('sys_') ? {} : { created_at: at, updated_at: at, revision: 1 };
    rows.push({ table, row: { ...stamps, ...row } });
    head.tables[table] = (head.tables[table] ?? 0) + 1;
  };
const change =
  (table: string, values: (ids: Ids) => Record<string, unknown>) =>
  ({ rows }: Archive, ids: Ids): void => {
    Object.assign(rows.find((one) => one.table === table)?.row ?? {}, values(ids));
  };

const org = { organization_id: 'org-aaaa' };

const FORGED: readonly (readonly [string, (archive: Archive, ids: Ids) => void])[] = [
  ['a record of another organization', add('customer', { id: 'x', organization_id: 'org-bbbb' })],
  ['a record of no organization', add('customer', { id: 'x', organization_id: null })],
  ['a record that says nothing of it', add('customer', { id: 'x', name: 'x' })],
  ['another organization', add('organization', { id: 'org-cccc', slug: 'c', name: 'c', ...org })],
  [
    'a member of another organization',
    (archive, ids) =>
      add('member', {
        id: 'x',
        organization: 'org-bbbb',
        user_id: ids.annId,
        role: 'owner',
        ...org,
      })(archive),
  ],
  ['a user', add('user', { id: 'x', email: 'x@example.com', role: 'admin', ...org })],
  [
    'a session',
    (archive, ids) =>
      add('session', {
        id: 'x',
        user_id: ids.annId,
        token: 'known',
        expires_at: '2099-01-01T00:00:00.000Z',
        ...org,
      })(archive),
  ],
  [
    'an API key',
    (archive, ids) =>
      add('api_key', { id: 'x', user_id: ids.annId, key: 'known', ...org })(archive),
  ],
  ['a way to reset a password', add('user_verification', { id: 'x', value: 'known', ...org })],
  ['an entry of the change log', add('sys_change_log', { id: 'x', ...org })],
  ['an entry of the audit log', add('sys_audit', { id: 'org-aaaa:000000000001' })],
  ['the secret of the installation', add('sys_installation', { id: 'secret', value: 'known' })],
  ['a table of nobody', add('pg_catalog.pg_authid', { id: 'x' })],
  [
    'a counter of another organization',
    add('sys_sequence', { id: 'customer.number org-bbbb ', value: 1 }),
  ],
  ['a counter of two', add('sys_sequence', { id: 'customer.number org-bbbb org-aaaa ', value: 1 })],
  [
    'a file outside of its folder',
    add('stored_file', { id: '../../etc/passwd', name: 'x', ...org }),
  ],
  ['an id that is none', change('customer', () => ({ id: 'x y' }))],
  ['a column that does not exist', change('customer', () => ({ 'name") --': 'x' }))],
  ['a value of another type', change('order', () => ({ paid: { $ne: null } }))],
  ['a text for an amount', change('order', () => ({ amount: 'much' }))],
  [
    'a reference into another organization',
    change('order', (ids) => ({ customer: ids.customerB })),
  ],
  ['a list of such', change('order', (ids) => ({ watchers: [ids.customerB] }))],
  [
    'a reference of several kinds',
    change('order', (ids) => ({ about: ids.orderB, about_object: 'order' })),
  ],
  ['more rows than it tells', ({ head }) => delete head.tables['member']],
  ['fewer rows than it tells', ({ rows }) => void rows.pop()],
  ['an organization of another name', ({ head }) => void (head.organization = 'org-bbbb')],
  ['an organization of no name', ({ head }) => void (head.organization = '%')],
  [
    'no organization',
    ({ head, rows }) => {
      rows.splice(0, rows.length, ...rows.filter(({ table }) => table !== 'organization'));
      delete head.tables['organization'];
    },
  ],
];

const postgres = await findPostgres();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-forged-'));
  mkdirSync(path.join(folder, 'objects'));
  for (const [name, definition] of Object.entries(OBJECTS)) {
    writeFileSync(path.join(folder, `objects/${name}.object.yml`), definition);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function place(kind: string, name: string): Promise<string> {
  if (kind === 'SQLite' || postgres === undefined) {
    return `sqlite:${path.join(folder, `${name}.sqlite`)}`;
  }
  const empty = await emptyPostgres(postgres);
  onTestFinished(() => empty.drop());
  return empty.url;
}

function inApplication<T>(database: string, work: (app: HeadlessApplication) => Promise<T>) {
  const io = {
    stdout: { write: () => true },
    stderr: { write: () => true },
    environment: {},
    signal: new AbortController().signal,
  };
  return withApplication(folder, { database }, io, work);
}

async function fill({ kernel }: HeadlessApplication, organization: string): Promise<Ids> {
  const engine = kernel.service(dataEngineService);
  const named = { id: organization, name: organization, slug: organization };
  await engine.insert('organization', named, system, { acceptId: true });
  const email = `ann@${organization}.example.com`;
  const ann = await engine.insert('user', { name: 'Ann', email }, system);
  const annId = ann['id'] as string;
  await engine.insert('member', { organization, user_id: annId, role: 'member' }, system);
  const ctx = of(organization);
  const customer = await engine.insert('customer', { name: 'one', since: '2020-02-29' }, ctx);
  const id = customer['id'] as string;
  const links = { customer: id, watchers: [id], about: id, about_object: 'customer' };
  const data: RecordData = { ...links, amount: 12.5, paid: true };
  const order = await engine.insert('order', data, ctx);
  return { customerB: id, orderB: order['id'] as string, annId };
}

async function exported(tenants: TenantData): Promise<Archive> {
  const head = await tenants.exportHead('org-aaaa');
  const rows: Line[] = [];
  for await (const row of tenants.exportRows('org-aaaa')) rows.push(row);
  return { head: { ...head, tables: { ...head.tables } }, rows };
}

async function* linesOf(rows: readonly Line[]): AsyncGenerator<Line> {
  await Promise.resolve();
  yield* rows;
}

async function counts({ kernel }: HeadlessApplication): Promise<Record<string, number>> {
  const engine = kernel.service(dataEngineService);
  const found: Record<string, number> = {};
  for (const object of ['organization', 'member', 'user', 'session', 'customer', 'order']) {
    found[object] = await engine.count(object, {}, system);
  }
  return found;
}

it.each(postgres === undefined ? ['SQLite'] : ['SQLite', 'PostgreSQL'])(
  'a forged archive of an organization is refused, and leaves nothing, on %s',
  { timeout: 180_000 },
  async (kind) => {
    const [first, second] = [await place(kind, 'first'), await place(kind, 'second')];
    const archive = await inApplication(first, async (app) => {
      await fill(app, 'org-aaaa');
      return exported(app.kernel.service(tenantDataService));
    });
    expect([...new Set(archive.rows.map(({ table }) => table))].sort()).toEqual(
      // No users, sessions, keys and logs.
      ['customer', 'member', 'order', 'organization', 'sys_sequence'],
    );
    await inApplication(second, async (app) => {
      const tenants = app.kernel.service(tenantDataService);
      const ids = await fill(app, 'org-bbbb');
      const before = await counts(app);
      for (const [name, forge] of FORGED) {
        const forged = structuredClone(archive);
        forge(forged, ids);
        const head = forged.head as Parameters<TenantData['import']>[0];
        const refusal = await tenants.import(head, linesOf(forged.rows)).then(
          () => 'taken',
          (error: unknown) => (error as { code?: unknown }).code,
        );
        expect(['tenant_archive_invalid', 'tenant_exists'], name).toContain(refusal);
        expect(await counts(app), name).toEqual(before);
      }
      const head = archive.head as Parameters<TenantData['import']>[0];
      expect(await tenants.import(head, linesOf(archive.rows))).toEqual(archive.head.tables);
    });
  },
);
