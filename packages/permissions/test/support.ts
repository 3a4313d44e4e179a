import { createNodeCarrier } from '@objectos/kernel/node';
import {
  dataEngineService,
  systemContext,
  type DataEngine,
  type ExecutionContext,
  type PluginDefinition,
  type UserPrincipal,
} from '@objectos/spec/contracts';
import { createTestKernel, type TestKernel } from '@objectos/testing';
import { metadataLoaderService, objectqlPlugin } from '@objectql/core/plugin';
import { readPluginFiles } from '@objectql/core/node';
import { SqlDriver } from '@objectql/driver-sql';
import { permissionsPlugin } from '../src/index.js';

/** An application under test: the engine behind the gate. */
export interface TestApplication {
  readonly kernel: TestKernel;
  readonly engine: DataEngine;
  /** Replaces files and loads again. */
  readonly reload: (files: Files) => Promise<void>;
}

/** Metadata files by path. */
export type Files = Readonly<Record<string, string>>;

/** The system, as tests use it. */
export const system: ExecutionContext = systemContext('test');

/** The system within the organization of the tests. */
export const tenant: ExecutionContext = systemContext('test', { tenantId: 'org-a' });

/** A user of the organization of the tests. */
export function user(id: string, overrides: Partial<UserPrincipal> = {}): ExecutionContext {
  const principal: UserPrincipal = {
    kind: 'user',
    id,
    tenantId: 'org-a',
    roles: [],
    fingerprint: 'f',
    ...overrides,
  };
  return { principal, requestId: `request-of-${id}` };
}

const optionalPlugin: typeof permissionsPlugin = {
  ...permissionsPlugin,
  manifest: { ...permissionsPlugin.manifest, critical: false },
};

/** Boots kernel, engine and permissions over a database in memory. */
export async function openApplication(
  files: Files,
  options: {
    readonly plugins?: readonly PluginDefinition[];
    readonly database?: string;
    readonly config?: Readonly<Record<string, unknown>>;
    /** Configuration of the HTTP server, where there is one. */
    readonly server?: Readonly<Record<string, unknown>>;
    readonly stopAfterTest?: boolean;
    /** Organizations have schemas; on PostgreSQL. */
    readonly tenantSchemas?: boolean;
    /** As if somebody could switch it off. */
    readonly optional?: boolean;
  } = {},
): Promise<TestApplication> {
  let current = files;
  const carrier = createNodeCarrier();
  const engine = objectqlPlugin({
    driver: new SqlDriver({
      url: options.database ?? 'sqlite::memory:',
      tenantSchemas: options.tenantSchemas,
    }),
    carrier,
    pluginFiles: readPluginFiles,
    applicationFiles: () =>
      Promise.resolve(Object.entries(current).map(([file, text]) => ({ file, text }))),
  });
  const kernel = await createTestKernel({
    plugins: [
      engine,
      options.optional === true ? optionalPlugin : permissionsPlugin,
      ...(options.plugins ?? []),
    ],
    carrier,
    config: {
      '@objectos/permissions': options.config ?? {},
      ...(options.server === undefined ? {} : { '@objectos/plugin-server': options.server }),
    },
    stopAfterTest: options.stopAfterTest ?? true,
  });
  return {
    kernel,
    engine: kernel.service(dataEngineService),
    async reload(next) {
      current = next;
      await kernel.service(metadataLoaderService).reload();
    },
  };
}

/** Expects work to be refused with this code. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => String((error as { code?: unknown }).code),
  );
}
