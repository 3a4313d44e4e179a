import { auditPlugin } from '@objectos/audit';
import { authPlugin } from '@objectos/auth';
import { cachePlugin } from '@objectos/cache';
import { i18nPlugin } from '@objectos/i18n';
import { createNodeCarrier } from '@objectos/kernel/node';
import { metricsPlugin } from '@objectos/metrics';
import { permissionsPlugin } from '@objectos/permissions';
import { serverPlugin } from '@objectos/plugin-server';
import {
  dataEngineService,
  httpServerService,
  systemContext,
  type DataEngine,
  type ExecutionContext,
  type Filter,
  type RecordData,
} from '@objectos/spec/contracts';
import { createTestKernel, type TestKernel } from '@objectos/testing';
import { readPluginFiles } from '@objectql/core/node';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { application, CANARY } from './application.js';
import { countStatements, type StatementCounter } from './count-statements.js';

/** Who acts in the cases: tenant and part. `a.key` is a key of `a.rep` that may only read. */
export const ACTORS = [
  ...(['a.none', 'a.rep', 'a.mgr', 'a.admin', 'a.auditor', 'a.key'] as const),
  ...(['b.rep', 'b.admin', 'p.operator', 'anon'] as const),
] as const;

/** One of {@link ACTORS}. */
export type Actor = (typeof ACTORS)[number];

/** A running installation with two tenants and their records. */
export interface World {
  readonly kernel: TestKernel;
  readonly url: string;
  readonly engine: DataEngine;
  readonly statements: StatementCounter;
  /** Credentials by actor. */
  readonly headers: Readonly<Record<Actor, Readonly<Record<string, string>>>>;
  /** Ids by the names that cases use: users (`a.rep`), tenants (`A`), records (`R1`). */
  readonly ids: Readonly<Record<string, string>>;
  /** Everything that the cases could change, as text. */
  state(): Promise<string>;
}

/** How the world is made. */
export interface WorldOptions {
  readonly database: string;
  /** Configuration of the cache plugin. */
  readonly cache?: Readonly<Record<string, unknown>>;
  /** Configuration of sign-in, beside its secret. */
  readonly auth?: Readonly<Record<string, unknown>>;
  readonly stopAfterTest?: boolean;
  /** Each tenant in a schema of its own. Default false. */
  readonly tenantSchemas?: boolean;
}

const PASSWORD = 'four random words here';
const SECRET = 'k7Jq2mZx9Lw4Tn8Vb3Rc6Yd1Hg5Fp0Se';
/** Who looks behind the scenes. */
export const behind = systemContext('cases', { secrets: true });

/** Boots the real server, one node of it. */
export async function startNode(options: WorldOptions) {
  const statements = countStatements(
    new SqlDriver({ url: options.database, tenantSchemas: options.tenantSchemas }),
  );
  const carrier = createNodeCarrier();
  const kernel = await createTestKernel({
    carrier,
    stopAfterTest: options.stopAfterTest ?? false,
    plugins: [
      objectqlPlugin({
        driver: statements.driver,
        carrier,
        pluginFiles: readPluginFiles,
        applicationFiles: () => Promise.resolve([...application]),
      }),
      authPlugin,
      permissionsPlugin,
      auditPlugin,
      cachePlugin,
      metricsPlugin,
      i18nPlugin,
      serverPlugin,
    ],
    config: {
      '@objectos/plugin-server': { port: 0 },
      '@objectos/auth': { secret: SECRET, signUp: 'open', verifyEmail: false, ...options.auth },
      '@objectos/cache': options.cache ?? {},
      '@objectos/i18n': { recordLocales: ['de'] },
    },
  });
  const engine = kernel.service(dataEngineService);
  return { kernel, engine, statements, url: kernel.service(httpServerService).url };
}

/** Boots the real server on an empty database, and signs everybody in. */
export async function createWorld(options: WorldOptions): Promise<World> {
  const node = await startNode(options);
  const { engine } = node;
  const people = await createPeople(engine, node.url);
  const ids: Record<string, string> = {
    ...people.ids,
    ...(await createRecords(engine, people.ids)),
  };
  const places =
    options.tenantSchemas === true ? [...TENANTS.map((name) => ids[name] ?? ''), null] : [];
  const left: Filter = { op: 'eq', field: 'user_id', value: ids['a.left'] ?? '' };
  const { records } = await engine.find('member', { where: left }, behind);
  for (const { id } of records) await engine.delete('member', id as string, behind);
  return { ...node, headers: people.headers, ids, state: () => stateOf(engine, places) };
}

const TENANTS = ['A', 'B'] as const;

async function createPeople(engine: DataEngine, url: string) {
  const ids: Record<string, string> = {};
  const tokens: Record<string, string> = {};
  for (const tenant of TENANTS) {
    ids[tenant] = await insert(engine, 'organization', { name: tenant, slug: `tenant-${tenant}` });
  }
  const users = {
    ...{ 'a.none': '', 'a.rep': 'rep', 'a.mgr': 'mgr', 'a.admin': 'admin' },
    ...{ 'a.auditor': 'auditor', 'b.rep': 'rep', 'b.admin': 'admin' },
    // Of the platform: in no organization.
    'p.operator': 'operator',
    // Was a member, and left.
    'a.left': '',
  };
  for (const [name, role] of Object.entries(users)) {
    const email = `${name}@example.com`;
    const tenant = ids[name.charAt(0).toUpperCase()];
    const person = { email, password: PASSWORD, name: nameOf(name) };
    const { user } = await post(url, '/api/auth/sign-up/email', person);
    const { id } = user as { id: string };
    ids[name] = id;
    if (role !== '') await engine.update('user', id, { role }, behind);
    if (tenant !== undefined) {
      await insert(engine, 'member', { organization: tenant, user_id: id, role: 'member' });
    }
    const { token } = await post(url, '/api/auth/sign-in/email', { email, password: PASSWORD });
    tokens[name] = token as string;
    if (tenant === undefined) continue;
    await post(url, '/api/auth/organization/set-active', { organizationId: tenant }, tokens[name]);
  }
  const reads = { name: 'reads', operations: ['read'] };
  const made = await post(url, '/api/auth/api-keys', reads, tokens['a.rep']);
  const { key } = made['data'] as { key: string };
  const headers = Object.fromEntries(
    ACTORS.map((actor) => {
      if (actor === 'anon') return [actor, {}];
      const token = actor === 'a.key' ? key : tokens[actor];
      return [actor, { authorization: `Bearer ${token ?? ''}` }];
    }),
  ) as World['headers'];
  return { ids, headers };
}

/** What people are called: those of each tenant by words that the other one must never get. */
export function nameOf(actor: string): string {
  return actor.startsWith('b.') ? `${CANARY.tenantB} canary-of-b-${actor}` : `canary-of-a-${actor}`;
}

async function createRecords(engine: DataEngine, ids: Readonly<Record<string, string>>) {
  const inTenant = (name: 'A' | 'B'): ExecutionContext =>
    systemContext('cases', { tenantId: ids[name] ?? '', secrets: true });
  const add = (object: string, tenant: 'A' | 'B', owner: string, data: RecordData) =>
    insert(engine, object, { ...data, owner_id: ids[owner] ?? '' }, inTenant(tenant));
  const contract = (title: string, more: RecordData): RecordData => ({
    title,
    amount: 10,
    region: 'EU',
    ssn: CANARY.hidden,
    'ssn:de': `${CANARY.hidden}-de`,
    token: CANARY.secret,
    ...more,
  });
  const account = await add('account', 'A', 'a.rep', { name: 'Acme' });
  const unshared = await add('account', 'A', 'a.mgr', { name: CANARY.unshared });
  const vendor = await add('vendor', 'A', 'a.mgr', { name: CANARY.unshared });
  const accountB = await add('account', 'B', 'b.rep', { name: CANARY.tenantB });
  const R1 = await add(
    'contract',
    'A',
    'a.rep',
    contract('First', { account, vendor, seller: ids['a.left'] ?? '' }),
  );
  const R3 = await add(
    'contract',
    'A',
    'a.rep',
    contract('Third', { account: unshared, amount: 30 }),
  );
  const R2 = await add('contract', 'A', 'a.mgr', contract(CANARY.unshared, { account: unshared }));
  const RB = await add('contract', 'B', 'b.rep', contract(CANARY.tenantB, { account: accountB }));
  const line = await add('line', 'A', 'a.rep', { name: 'One', contract: R1, quantity: 1 });
  return { R1, R2, R3, RB, account, unshared, accountB, vendor, line };
}

async function stateOf(engine: DataEngine, places: readonly (string | null)[]): Promise<string> {
  const find = (objects: readonly string[], ctx: ExecutionContext) =>
    objects.map((object) => engine.find(object, { limit: 1_000, orderBy: byId }, ctx));
  const own = ['contract', 'line', 'account', 'vendor'];
  const pages = await Promise.all([
    ...find(['record_share', 'permission_set', 'member'], behind),
    ...(places.length === 0 ? find(own, behind) : places.flatMap((at) => find(own, inPlace(at)))),
  ]);
  const users = await engine.find(
    'user',
    { fields: ['id', 'role', 'banned'], orderBy: byId },
    behind,
  );
  return JSON.stringify([...pages, users].map(({ records }) => records));
}

function inPlace(tenantId: string | null): ExecutionContext {
  const place = tenantId === null ? { installation: true } : { tenantId };
  return systemContext('cases', { ...place, secrets: true });
}

const byId = [{ field: 'id', direction: 'asc' }] as const;

async function insert(
  engine: DataEngine,
  object: string,
  data: RecordData,
  ctx: ExecutionContext = behind,
): Promise<string> {
  return (await engine.insert(object, data, ctx))['id'] as string;
}

/** Sends JSON and reads it. Throws for a refusal. */
export async function post(
  url: string,
  path: string,
  body: object,
  token?: string,
): Promise<Record<string, unknown>> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
