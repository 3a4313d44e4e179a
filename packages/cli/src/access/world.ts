import { createKernel, type Kernel, type PluginInput } from '@objectos/kernel';
import { createNodeCarrier, importPlugin } from '@objectos/kernel/node';
import { permissionsPlugin } from '@objectos/permissions';
import { serverPlugin } from '@objectos/plugin-server';
import {
  authenticatorService,
  dataEngineService,
  definePlugin,
  httpServerService,
  systemContext,
  type ExecutionContext,
  type UserPrincipal,
} from '@objectos/spec/contracts';
import type { SourceFile } from '@objectql/core';
import { readPluginFiles, readSources } from '@objectql/core/node';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { randomBytes } from 'node:crypto';
import type { LoadedConfig } from '../config/load.js';
import type { Io } from '../output/io.js';
import { createLogger } from '../output/logger.js';
import type { AccessFile } from './cases.js';

const TENANT = 'access-test';
const START_TIMEOUT = 120_000;

/** Where cases are run: the application's metadata over an empty database in memory. */
export interface CaseWorld {
  readonly kernel: Kernel;
  readonly url: string;
  /** Headers that make a request one of this user. */
  readonly headersOf: (user: string) => Record<string, string>;
  readonly contextOf: (user: string) => ExecutionContext;
  readonly stop: () => Promise<void>;
}

/** Boots the application's metadata and plugins for one file of cases, and makes its fixtures. */
export async function openWorld(
  { folder, config }: LoadedConfig,
  cases: AccessFile,
  {
    io,
    pluginFiles,
    overlay,
  }: { io: Io; pluginFiles: readonly string[]; overlay: readonly SourceFile[] },
): Promise<CaseWorld> {
  const token = randomBytes(24).toString('hex');
  const principals = new Map(
    Object.entries(cases.users).map(([id, { roles }]) => [id, principalOf(id, roles)]),
  );
  const engine = objectqlPlugin({
    driver: new SqlDriver({ url: 'sqlite::memory:' }),
    carrier: createNodeCarrier(),
    environment: 'test',
    applicationFiles: async () =>
      withUserObject(laid(await readSources(config.metadata, { cwd: folder }), overlay)),
    pluginFiles: readPluginFiles,
  });
  const authenticator = definePlugin({
    manifest: { id: 'access-test', version: '1.0.0' },
    provides: [authenticatorService],
    setup(ctx) {
      ctx.provide(authenticatorService, {
        authenticate: ({ headers }) =>
          headers['authorization'] === `Bearer ${token}`
            ? principals.get(String(headers['x-access-test-user']))
            : undefined,
      });
    },
  });
  const plugins: PluginInput[] = [
    engine,
    permissionsPlugin,
    serverPlugin,
    authenticator,
    ...(await importPlugins(pluginFiles, cases.without)),
  ];
  const kernel = createKernel({
    plugins,
    logger: createLogger({ io, level: 'error', format: 'auto' }),
    timeouts: { start: START_TIMEOUT },
    config: { [serverPlugin.manifest.id]: { host: '127.0.0.1', port: 0 } },
  });
  await kernel.boot();
  try {
    await makeFixtures(kernel, cases);
  } catch (error) {
    // A server that goes on listening would keep the command from ending.
    await kernel.stop();
    throw error;
  }
  return {
    kernel,
    url: kernel.service(httpServerService).url,
    headersOf: (user) => ({ authorization: `Bearer ${token}`, 'x-access-test-user': user }),
    contextOf: (user) => ({
      principal: principals.get(user) ?? principalOf(user, []),
      requestId: `access-test-${user}`,
    }),
    stop: async () => {
      await kernel.stop();
    },
  };
}

async function importPlugins(
  files: readonly string[],
  without: readonly string[],
): Promise<PluginInput[]> {
  const plugins = await Promise.all(files.map((file) => importPlugin(file)));
  return plugins.filter((plugin) => !without.includes(idOf(plugin)));
}

/** Plugins come in several styles, which keep their id in different places. */
function idOf(plugin: PluginInput): string {
  const { id, name, manifest } = plugin as {
    id?: string;
    name?: string;
    manifest?: { id?: string };
  };
  return manifest?.id ?? id ?? name ?? '';
}

/** Files of a proposal replace those of the same path, and are added where there is none. */
function laid(files: readonly SourceFile[], overlay: readonly SourceFile[]): SourceFile[] {
  const byPath = new Map([...files, ...overlay].map((file) => [file.file, file]));
  return [...byPath.values()];
}

/** Users are records here even where no sign-in is loaded, so that policies can read them. */
function withUserObject(files: readonly SourceFile[]): SourceFile[] {
  const hasUser = files.some(({ file }) => /(?:^|\/)user(?:\.object)?\.ya?ml$/.test(file));
  const text =
    'name: user\nfields: { name: { type: text }, email: { type: text }, role: { type: text } }';
  return hasUser ? [...files] : [...files, { file: 'objects/user.object.yml', text }];
}

function principalOf(id: string, roles: readonly string[]): UserPrincipal {
  return { kind: 'user', id, tenantId: TENANT, roles, fingerprint: id };
}

async function makeFixtures(kernel: Kernel, { users, fixtures }: AccessFile): Promise<void> {
  const engine = kernel.service(dataEngineService);
  const ctx = systemContext('access-test', { tenantId: TENANT });
  const groups = new Set(Object.values(users).flatMap((user) => user.groups));
  for (const name of groups) await engine.insert('group', { name, kind: 'team' }, ctx);
  for (const [id, { roles, sets, groups: joined, record }] of Object.entries(users)) {
    await engine.insert('user', { ...record, id }, ctx, { acceptId: true });
    for (const role of roles) await engine.insert('role_assignment', { user_id: id, role }, ctx);
    for (const group of joined) await engine.insert('group_member', { group, user_id: id }, ctx);
    for (const set of sets) {
      const assignment = { permission_set: set, grantee: `user:${id}` };
      await engine.insert('permission_set_assignment', assignment, ctx);
    }
  }
  for (const { object, id, owner, data } of fixtures) {
    const row = { ...data, id, ...(owner === undefined ? {} : { owner_id: owner }) };
    await engine.insert(object, row, ctx, { acceptId: true });
  }
}
