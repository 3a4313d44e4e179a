import { createNodeCarrier } from '@objectos/kernel/node';
import { permissionsPlugin } from '@objectos/permissions';
import { serverPlugin } from '@objectos/plugin-server';
import {
  authenticatorService,
  dataEngineService,
  definePlugin,
  filesService,
  httpServerService,
  systemContext,
  type ExecutionContext,
  type PluginDefinition,
  type UserPrincipal,
} from '@objectos/spec/contracts';
import { createTestKernel, testDatabaseUrl } from '@objectos/testing';
import { readPluginFiles } from '@objectql/core/node';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { storagePlugin } from '../src/index.js';
import { temporaryFolder } from './support.js';

/**
 * Records with files. `sales` reads all deals and their contract, `office` the deals without it;
 * `private` ones are seen by their owner only.
 */
const FILES: Readonly<Record<string, string>> = {
  'objects/deal.object.yml': `
name: deal
enable: { trash: true }
fields:
  title: { type: text }
  contract:
    type: file
    fileAttachmentConfig: { maxSize: 1000, minSize: 2, allowedTypes: [.pdf, txt], blockedTypes: [.exe] }
  pictures: { type: image, multiple: true }
`,
  'objects/diary.object.yml': `
name: diary
sharingModel: private
enable: { trash: false }
fields: { text: { type: text }, page: { type: file } }
`,
  'permission_sets/sales.permission_set.yml': `
name: sales
objects:
  deal: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true, viewAllRecords: true, modifyAllRecords: true }
  diary: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true }
fields:
  deal.title: { editable: true }
  deal.contract: { editable: true }
  deal.pictures: { editable: true }
  diary.text: { editable: true }
  diary.page: { editable: true }
assignedTo:
  - { type: user, value: ada }
  - { type: user, value: bob }
  - { type: user, value: eve }
`,
  'permission_sets/office.permission_set.yml': `
name: office
objects: { deal: { allowRead: true, viewAllRecords: true } }
fields: { deal.title: {} }
assignedTo: [{ type: user, value: olga }]
`,
  'permission_sets/keeper.permission_set.yml': `
name: keeper
systemPermissions: [manage_files]
assignedTo: [{ type: user, value: kim }]
`,
};

/** A user of the organization `acme`, unless said otherwise. */
export function user(id: string, overrides: Partial<UserPrincipal> = {}): ExecutionContext {
  return {
    principal: {
      kind: 'user',
      id,
      tenantId: 'acme',
      roles: [],
      fingerprint: `${id} ${overrides.tenantId ?? 'acme'}`,
      ...overrides,
    },
    requestId: `request-of-${id}`,
  };
}

/** Bearer tokens are `<user>` or `<user>@<organization>`. */
const authenticatorPlugin = definePlugin({
  manifest: { id: 'test-authenticator', version: '1.0.0' },
  provides: [authenticatorService],
  setup(ctx) {
    ctx.provide(authenticatorService, {
      authenticate({ headers }) {
        const { authorization } = headers;
        if (typeof authorization !== 'string') return undefined;
        const [id = '', tenantId = 'acme'] = authorization.slice('Bearer '.length).split('@');
        return user(id, { tenantId }).principal;
      },
    });
  },
});

/** How a test calls the server. */
export interface CallOptions {
  readonly as?: string | null;
  readonly body?: BodyInit | object | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a test wants otherwise. */
export interface ApplicationOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly server?: Readonly<Record<string, unknown>>;
  readonly plugins?: readonly PluginDefinition[];
  readonly files?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly database?: string;
  /** `acme` has a schema of its own; on PostgreSQL. */
  readonly tenantSchemas?: boolean;
}

/** Boots an application with files in a folder, over HTTP. */
export async function startApplication(options: ApplicationOptions = {}) {
  const folder = options.folder ?? (await temporaryFolder());
  const { files: given, ...config } = options.config ?? {};
  const carrier = createNodeCarrier();
  const organizations = { 'objects/organization.object.yml': 'fields: { name: { type: text } }' };
  const all = { ...FILES, ...(options.tenantSchemas ? organizations : {}), ...options.files };
  const kernel = await createTestKernel({
    carrier,
    plugins: [
      objectqlPlugin({
        driver: new SqlDriver({
          url: options.database ?? (await testDatabaseUrl()),
          tenantSchemas: options.tenantSchemas,
        }),
        carrier,
        pluginFiles: readPluginFiles,
        applicationFiles: async () => Object.entries(all).map(([file, text]) => ({ file, text })),
      }),
      permissionsPlugin,
      authenticatorPlugin,
      storagePlugin,
      serverPlugin,
      ...(options.plugins ?? []),
    ],
    config: {
      '@objectos/storage': { ...config, files: { folder, ...(given as object | undefined) } },
      '@objectos/plugin-server': { port: 0, ...options.server },
    },
  });
  const { url } = kernel.service(httpServerService);
  if (options.tenantSchemas === true) {
    const engine = kernel.service(dataEngineService);
    const options = { acceptId: true };
    await engine.insert(
      'organization',
      { id: 'acme', name: 'Acme' },
      systemContext('test'),
      options,
    );
  }

  async function call(
    method: string,
    path: string,
    { as = 'ada', body, headers }: CallOptions = {},
  ) {
    const isPlain = typeof body === 'object' && Object.getPrototypeOf(body) === Object.prototype;
    const response = await fetch(path.startsWith('http') ? path : url + path, {
      method,
      headers: {
        ...(as === null ? {} : { authorization: `Bearer ${as}` }),
        ...(isPlain ? { 'content-type': 'application/json' } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { body: isPlain ? JSON.stringify(body) : (body as BodyInit) }),
    });
    const text = await response.text();
    // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies of every shape
    let json: any;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    return { status: response.status, headers: response.headers, text, body: json };
  }

  /** Uploads a file in one request; answers with its id. */
  async function upload(
    name: string,
    content: BodyInit,
    asked: CallOptions & { type?: string } = {},
  ) {
    const { type = '', ...rest } = asked;
    const headers = { 'content-type': type, ...rest.headers };
    const path = `/api/storage/files?name=${encodeURIComponent(name)}`;
    const answer = await call('POST', path, { ...rest, body: content, headers });
    if (answer.status !== 201) throw new Error(`${answer.status} ${answer.text}`);
    return answer.body.data.id as string;
  }

  return {
    kernel,
    url,
    folder,
    call,
    upload,
    engine: kernel.service(dataEngineService),
    files: kernel.service(filesService),
    system: systemContext('test', { tenantId: 'acme' }),
  };
}

/** An application under test. */
export type Application = Awaited<ReturnType<typeof startApplication>>;

/** A picture of one pixel. */
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
/** A document, as far as its first bytes go. */
export const PDF = Buffer.from('%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n');

/** A body of these parts. */
export async function* bytes(
  ...parts: readonly (string | Uint8Array)[]
): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}
