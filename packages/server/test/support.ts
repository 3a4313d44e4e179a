import {
  authenticatorService,
  definePlugin,
  httpServerService,
  type Authenticator,
  type PluginDefinition,
} from '@objectos/spec/contracts';
import { createTestKernel, testDatabaseUrl, type TestKernel } from '@objectos/testing';
import { metadataLoaderService, objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { serverPlugin } from '../src/index.js';

/** The objects that the tests speak about. */
export const FILES: Readonly<Record<string, string>> = {
  'objects/account.object.yml': `
name: account
label: Account
pluralLabel: Accounts
fields:
  name: { type: text, required: true, maxLength: 50 }
  status:
    type: select
    options: [{ value: new, label: New, default: true }, { value: active }]
  website: { type: url }
  revenue: { type: currency, min: 0 }
`,
  'objects/contact.object.yml': `
name: contact
label: Contact
pluralLabel: Contacts
fields:
  name: { type: text, required: true }
  email: { type: email, unique: true, help: Work address }
  account: { type: lookup, reference: account, deleteBehavior: restrict }
  birthday: { type: date }
  score: { type: number, min: 0, max: 100 }
  active: { type: boolean }
  notes: { type: json }
  tags: { type: tags }
  code: { type: text, readonly: true, defaultValue: fixed }
`,
  'objects/reading.object.yml': `
name: reading
label: Reading
pluralLabel: Readings
enable: { apiMethods: [get, list] }
fields:
  name: { type: text }
`,
  'objects/internal.object.yml': `
name: internal
label: Internal
pluralLabel: Internals
enable: { apiEnabled: false }
fields:
  name: { type: text }
`,
  'views/contact.view.yml': `
name: contact_views
object: contact
list:
  type: grid
  columns: [name, email, { field: score, width: 80 }]
listViews:
  recent:
    label: Recent
    columns: [name]
    filter: [["score", ">", 10]]
`,
  'apps/sales.app.yml': `
name: sales
label: Sales
navigation:
  - { id: contacts, type: object, objectName: contact, label: Contacts }
`,
};

/** What a server of a test is made of. */
export interface TestServerOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly plugins?: readonly PluginDefinition[];
  /** Of the other plugins, by id. */
  readonly pluginConfig?: Readonly<Record<string, unknown>>;
  readonly stopAfterTest?: boolean;
}

/** An answer, its body read. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; `undefined` when it is none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies of every shape
  readonly body: any;
}

/** How a test calls the server. Bodies that are not text are sent as JSON. */
export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | null;
}

/** A server under test. */
export interface TestServer {
  readonly kernel: TestKernel;
  readonly url: string;
  readonly token: string;
  /** Reads the files again; a test may have changed the ones it gave. */
  readonly reload: () => Promise<void>;
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
}

/** Boots kernel, engine, database and server, on a free port. */
export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const { config = {}, files = FILES, plugins = [], stopAfterTest = true } = options;
  const { pluginConfig = {} } = options;
  const engine = objectqlPlugin({
    driver: new SqlDriver({ url: await testDatabaseUrl() }),
    applicationFiles: () =>
      Promise.resolve(Object.entries(files).map(([file, text]) => ({ file, text }))),
  });
  const kernel = await createTestKernel({
    plugins: [engine, serverPlugin, ...plugins],
    config: { ...pluginConfig, '@objectos/plugin-server': { port: 0, ...config } },
    stopAfterTest,
  });
  const { url, startupToken = '' } = kernel.service(httpServerService);
  const reload = async () => {
    await kernel.service(metadataLoaderService).reload();
  };
  return { kernel, url, token: startupToken, reload, call: caller(url, startupToken) };
}

/** Calls a server, with its start-up token unless told otherwise. */
export function caller(url: string, startupToken: string): TestServer['call'] {
  return async (method, path, { body, headers = {}, token = startupToken } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parse(text) };
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** A plugin that authenticates in the way a test says. */
export function authenticatorPlugin(authenticator: Authenticator): PluginDefinition {
  return definePlugin({
    manifest: { id: 'test-authenticator', version: '1.0.0' },
    provides: [authenticatorService],
    setup: (ctx) => {
      ctx.provide(authenticatorService, authenticator);
    },
  });
}

/** The records of a page or of `createMany`, as a test expects them. */
export function recordsOf<T = Record<string, unknown>>(answer: Answer): T[] {
  const { data } = answer.body as { readonly data: T[] | { readonly records: T[] } };
  return Array.isArray(data) ? data : data.records;
}
