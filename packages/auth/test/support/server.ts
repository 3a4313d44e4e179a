import {
  dataEngineService,
  httpServerService,
  mailService,
  definePlugin,
  routesPoint,
  signInStatusService,
  systemContext,
  type DataEngine,
  type MailMessage,
  type PluginDefinition,
} from '@objectos/spec/contracts';
import { createTestKernel, type TestKernel } from '@objectos/testing';
import { readPluginFiles } from '@objectql/core/node';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { serverPlugin } from '@objectos/plugin-server';
import { authPlugin } from '../../src/index.js';
import { createClient, type Client } from './client.js';

/** A secret that only tests have. */
export const SECRET = 'a-secret-of-tests-0123456789abcdefghijkl';

const NOTE = 'name: note\nlabel: Note\nfields:\n  title: { type: text }\n';

/** What a server with sign-in is made of. */
export interface AuthServerOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly server?: Readonly<Record<string, unknown>>;
  readonly plugins?: readonly PluginDefinition[];
  readonly driver?: SqlDriver;
  /** False: the file stops it with `stopAndCheck`. */
  readonly stopAfterTest?: boolean;
  /** Takes the events of sign-in. */
  readonly told?: Record<string, unknown>[];
}

/** A server with sign-in, and a look behind it. */
export interface AuthServer {
  readonly kernel: TestKernel;
  readonly url: string;
  readonly engine: DataEngine;
  /** Messages that were sent, oldest first. */
  readonly mails: MailMessage[];
  /** A new visitor without cookies. */
  readonly visitor: (headers?: Readonly<Record<string, string>>) => Client;
  /** The one-time path for the first administrator. */
  readonly setupPath: () => string | undefined;
  /** A signed-in visitor, whose account is made for it. */
  readonly user: (
    options?: UserOptions,
  ) => Promise<Client & { readonly id: string; readonly email: string }>;
}

/** The account of a signed-in visitor. */
export interface UserOptions {
  readonly email?: string;
  readonly role?: string;
}

/** Context in which tests look behind the scenes. */
export const behind = systemContext('test', { secrets: true });

/** A password that the policy takes. */
export const PASSWORD = 'four random words here';

/** Boots engine, sign-in and server on a free port. */
export async function startAuthServer(options: AuthServerOptions = {}): Promise<AuthServer> {
  const mails: MailMessage[] = [];
  const engine = objectqlPlugin({
    driver: options.driver ?? new SqlDriver({ url: 'sqlite::memory:' }),
    pluginFiles: readPluginFiles,
    applicationFiles: () => Promise.resolve([{ file: 'objects/note.object.yml', text: NOTE }]),
  });
  const kernel = await createTestKernel({
    stopAfterTest: options.stopAfterTest ?? true,
    plugins: [
      engine,
      authPlugin,
      serverPlugin,
      postOffice(mails, options.told ?? []),
      whoAmI,
      ...(options.plugins ?? []),
    ],
    config: {
      '@objectos/plugin-server': { port: 0, ...options.server },
      '@objectos/auth': { secret: SECRET, signUp: 'open', verifyEmail: false, ...options.config },
    },
  });
  const { url } = kernel.service(httpServerService);
  const data = kernel.service(dataEngineService);
  const visitor = (headers: Readonly<Record<string, string>> = {}) => createClient(url, headers);
  let users = 0;
  return {
    kernel,
    url,
    engine: data,
    mails,
    visitor,
    setupPath: () => kernel.service(signInStatusService).setupPath(),
    async user({ email = `user${(users += 1)}@example.com`, role } = {}) {
      const client = visitor();
      const answer = await client.post('/api/auth/sign-up/email', {
        email,
        password: PASSWORD,
        name: email,
      });
      if (answer.status !== 200) throw new Error(`sign-up: ${answer.status} ${answer.text}`);
      const { id } = answer.body.user as { id: string };
      if (role !== undefined) await data.update('user', id, { role }, behind);
      return Object.assign(client, { id, email });
    },
  };
}

/** Takes the messages instead of a notification plugin. */
function postOffice(mails: MailMessage[], told: Record<string, unknown>[]): PluginDefinition {
  return definePlugin({
    manifest: { id: 'post-office', version: '1.0.0' },
    provides: [mailService],
    setup(ctx) {
      ctx.on('auth.event', (event) => void told.push(event));
      ctx.provide(mailService, { send: async (message) => void mails.push(message) });
    },
  });
}

/** Tells a request who it is: `GET /api/who-am-i`. */
const whoAmI = definePlugin({
  manifest: { id: 'who-am-i', version: '1.0.0' },
  setup(ctx) {
    ctx.contribute(routesPoint, {
      method: 'GET',
      path: '/api/who-am-i',
      access: 'authenticated',
      handler: (_request, { principal, origin }) =>
        Response.json({ principal, origin }, { headers: { 'content-type': 'application/json' } }),
    });
  },
});
