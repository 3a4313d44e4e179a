import { jobsPlugin } from '@objectos/jobs';
import {
  accessPolicyService,
  dataEngineService,
  definePlugin,
  jobsService,
  mailService,
  notificationService,
  principalDirectoryService,
  routesPoint,
  systemContext,
  type NotificationTopic,
  type Principal,
  type Route,
} from '@objectos/spec/contracts';
import { createTestKernel, emptyPostgres, findPostgres, type TestKernel } from '@objectos/testing';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { z } from 'zod';
import { notificationPlugin, type notificationConfigSchema } from '../src/index.js';

/** A database of one test, by kind. */
export const DATABASES: Readonly<Record<string, () => Promise<string | undefined>>> = {
  memory: async () => undefined,
  SQLite: async () => `sqlite:${path.join(await temporaryFolder(), 'notifications.sqlite')}`,
};

const postgres = await findPostgres();

/** The kinds of databases that are here. */
export const databases: Readonly<Record<string, () => Promise<string | undefined>>> =
  postgres === undefined
    ? DATABASES
    : {
        ...DATABASES,
        async PostgreSQL() {
          const place = await emptyPostgres(postgres);
          onTestFinished(() => place.drop());
          return place.url;
        },
      };

/** A folder of one test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'objectos-notification-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Topic of most tests. */
export const dealWon: NotificationTopic = {
  name: 'deal.won',
  label: 'Deal won',
  category: 'sales',
  channels: ['inbox', 'email'],
  sample: { name: 'Sample', id: 1 },
  templates: {
    en: {
      subject: 'Won: {{name}}',
      text: '{{#if digest}}{{digest.count}} deals:{{#each digest.items}} {{name}}{{/each}}{{else}}{{name}} is won.{{/if}}',
      html: '<p>{{name}}</p>',
      short: '{{name}} won',
      url: '/deals/{{id}}',
    },
    de: { subject: 'Gewonnen: {{name}}', text: '{{name}} ist gewonnen.' },
  },
};

/** A user of a test, as the directory of principals tells. */
export interface TestUser {
  readonly id: string;
  readonly email?: string;
  readonly verified?: boolean;
  readonly phone?: string;
  readonly tenantId?: string | null;
}

/** How a test is set up. */
export interface Setup {
  readonly url?: string | undefined;
  readonly config?: z.input<typeof notificationConfigSchema> | undefined;
  readonly users?: readonly TestUser[] | undefined;
  readonly plugins?: Parameters<typeof createTestKernel>[0]['plugins'] | undefined;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
}

const FILES = {
  'user.object.yml': `
name: user
label: User
fields:
  name: { type: text, label: Name }
  email: { type: text, label: E-mail }
  email_verified: { type: boolean, label: Verified }
  phone: { type: text, label: Phone }
`,
  'deal.object.yml': `
name: deal
label: Deal
fields:
  name: { type: text, label: Name }
  seller: { type: text, label: Seller }
`,
};

/** Notifications on a database, with the jobs, and with users if the test has some. */
export async function start({ url, config, users, plugins = [], settings = {} }: Setup = {}) {
  const routes: Route[] = [];
  const host = definePlugin({
    manifest: { id: 'host', version: '1.0.0' },
    setup(ctx) {
      ctx.provide(accessPolicyService, {
        decide: ({ id }) =>
          id === 'stranger' ? { allowed: false, reason: 'a stranger' } : { allowed: true },
        permits: ({ id }, permission) => id === 'manager' && permission === 'manage_notifications',
      });
      if (users !== undefined) {
        ctx.provide(principalDirectoryService, {
          async find(id) {
            const user = users.find((one) => one.id === id);
            return user && principal(id, user.tenantId ?? null);
          },
        });
      }
      ctx.consume(routesPoint, (all) => {
        routes.splice(0, routes.length, ...all.map(({ value }) => value));
      });
    },
  });
  const data =
    url === undefined
      ? []
      : [
          objectqlPlugin({
            driver: new SqlDriver({ url }),
            applicationFiles: async () =>
              Object.entries(FILES).map(([file, text]) => ({ file, text })),
          }),
        ];
  const kernel = await createTestKernel({
    plugins: [host, ...data, jobsPlugin, notificationPlugin, ...plugins],
    config: {
      '@objectos/jobs': { pollInterval: 20 },
      '@objectos/notification': { topics: [dealWon], ...config },
      ...settings,
    },
  });
  await addUsers(kernel, url === undefined ? [] : (users ?? []));
  return {
    kernel,
    routes,
    service: kernel.service(notificationService),
    jobs: kernel.service(jobsService),
    mail: () => kernel.service(mailService),
  };
}

async function addUsers(kernel: TestKernel, users: readonly TestUser[]): Promise<void> {
  for (const { id, email, phone, verified = true } of users) {
    const data = { id, name: id, email, phone, email_verified: verified };
    await kernel.service(dataEngineService).insert('user', data, systemContext('test'), {
      acceptId: true,
    });
  }
}

/** Calls a route as the server would. @returns the data of the answer, or the code of the error */
export async function call(
  routes: readonly Route[],
  asked: {
    readonly method?: Route['method'];
    readonly path: string;
    readonly body?: unknown;
    readonly as?: Principal;
  },
) {
  const { method = 'GET', path: target, body, as = principal('ada', 'acme') } = asked;
  const url = new URL(target, 'http://x');
  const matching = routes.flatMap((route) => {
    const params = match(route.path, url.pathname);
    return route.method === method && params !== undefined ? [{ route, params }] : [];
  });
  // A route without places goes before one with them.
  const [found] = matching.sort(
    (a, b) => Object.keys(a.params).length - Object.keys(b.params).length,
  );
  if (found === undefined) throw new Error(`no route ${method} ${target}`);
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  try {
    const { params, route } = found;
    const answer = await route.handler(new Request(url, init), {
      principal: as,
      requestId: 'r',
      params,
    });
    // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-return -- read freely in assertions
    return ((await answer.json()) as { data: unknown }).data as any;
  } catch (error) {
    return { code: (error as { code: string }).code };
  }
}

function match(pattern: string, pathname: string): Record<string, string> | undefined {
  const names = pattern.split('/');
  const parts = pathname.split('/');
  if (names.length !== parts.length) return undefined;
  const params: Record<string, string> = {};
  for (const [at, name] of names.entries()) {
    if (name.startsWith(':')) params[name.slice(1)] = decodeURIComponent(parts[at] ?? '');
    else if (name !== parts[at]) return undefined;
  }
  return params;
}

/** A principal of a test. */
export function principal(
  id: string,
  tenantId: string | null = null,
): Principal & { kind: 'user' } {
  return { kind: 'user', id, tenantId, roles: [], fingerprint: id };
}

/** Who emits in tests. */
export const ctx = systemContext('test', { tenantId: 'acme', requestId: 'request-1' });

/** The mails of an outbox folder, oldest first. */
export async function outbox(folder: string): Promise<string[]> {
  const files = await readdir(folder).catch(() => []);
  const mails = files.filter((file) => file.endsWith('.eml')).sort();
  return Promise.all(mails.map((file) => readFile(path.join(folder, file), 'utf8')));
}
