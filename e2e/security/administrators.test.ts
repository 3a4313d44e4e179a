import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { serveCrm } from '../docs/serve-crm.js';
import { root, temporaryFolder } from '../support/server.js';

const PASSWORD = 'four random words here';

interface Reply {
  readonly status: number;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- bodies are read freely in assertions
  readonly body: any;
}

const folder = temporaryFolder();
let crm: Awaited<ReturnType<typeof serveCrm>>;
let session = '';
let organization = '';
const call = async (
  method: string,
  target: string,
  { token = session, body }: { token?: string; body?: object } = {},
): Promise<Reply> => {
  const answer = await fetch(crm.url + target, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
};

beforeAll(async () => {
  crm = await serveCrm(`sqlite:${path.join(folder.path, 'data.sqlite')}`);
  const who = { name: 'Root', email: 'root@example.com', password: PASSWORD };
  await call('POST', '/setup', { body: { ...who, token: crm.token } });
  const { body } = await call('POST', '/api/auth/sign-in/email', { body: who });
  session = body.data.token;
  const acme = { name: 'Acme', slug: 'acme', keepCurrentActiveOrganization: true };
  const made = await call('POST', '/api/auth/organization/create', { body: acme });
  expect(made.status).toBe(200);
  organization = made.body.id;
}, 120_000);
afterAll(async () => {
  await crm.finish();
  folder.remove();
});

/** What each system permission opens. */
const PAGES = {
  view_audit: '/api/audit/events',
  explain_access: '/api/permissions/decisions',
  manage_jobs: '/api/jobs/stats',
  manage_failures: '/api/failures',
  manage_notifications: '/api/notifications/suppressions',
  manage_quotas: '/api/quotas/:organization',
  view_metrics: '/metrics',
} as const;

describe('the first administrator of the CRM', () => {
  it('reads the audit log', async () => {
    const { status, body } = await call('GET', '/api/audit/events?kind=auth.sign_in');
    expect(status).toBe(200);
    expect(body.data.events).toMatchObject([{ kind: 'auth.sign_in', tenantId: null }]);
    const verified = await call('GET', '/api/audit/verify');
    expect(verified.body.data.chains).toMatchObject([{ tenantId: null, valid: true }]);
  });

  it('holds every system permission that the code asks for', () => {
    const set = parse(
      readFileSync(
        path.join(
          root,
          'packages/permissions/metadata/permission_sets/system_administrator.permission_set.yml',
        ),
        'utf8',
      ),
    ) as { systemPermissions: string[] };
    const asked = readdirSync(path.join(root, 'packages'))
      .flatMap((name) => sources(path.join(root, 'packages', name, 'src')))
      .flatMap((text) => [...text.matchAll(/export const (?:VIEW|MANAGE|ELEVATE)_\w+ = '(\w+)'/g)]);
    expect(asked.length).toBeGreaterThan(6);
    expect(set.systemPermissions).toEqual(expect.arrayContaining(asked.map(([, name]) => name)));
  });

  it('has the change of a quota in the audit log (quota.changed)', async () => {
    const quotas = `/api/quotas/${organization}`;
    const changed = await call('PUT', quotas, { body: { records: 1000 } });
    expect(changed.status).toBe(200);
    const { body } = await call('GET', '/api/audit/events?kind=quota.changed');
    expect(body.data.events).toMatchObject([
      { detail: { organization, quota: 'records', limit: 1000 }, tenantId: null },
    ]);
    expect(body.data.events[0].actor).not.toMatch(/^system/);
    const refused = await call('PUT', quotas, { body: { records: -1 } });
    expect(refused.status).toBe(400);
    const after = await call('GET', '/api/audit/events?kind=quota.changed');
    expect(after.body.data.events).toHaveLength(1);
  });
});

describe('an API key of an administrator', () => {
  const keyFor = async (input: object): Promise<string> => {
    const body = { name: 'test', ...input };
    const made = await call('POST', '/api/auth/api-keys', { body });
    expect(made.status).toBe(201);
    return made.body.data.key as string;
  };
  const pagesFor = async (token: string): Promise<Record<string, boolean>> => {
    const asked = Object.entries(PAGES).map(async ([permission, page]) => {
      const answer = await fetch(crm.url + page.replace(':organization', organization), {
        headers: { authorization: `Bearer ${token}` },
      });
      await answer.arrayBuffer();
      expect([200, 403], `${page} ${answer.status}`).toContain(answer.status);
      return [permission, answer.status === 200] as const;
    });
    return Object.fromEntries(await Promise.all(asked));
  };
  const none = Object.fromEntries(Object.keys(PAGES).map((name) => [name, false]));
  const all = Object.fromEntries(Object.keys(PAGES).map((name) => [name, true]));

  it.each([
    ['nothing narrows', {}, all],
    ['is for an object', { objects: ['account'] }, none],
    ['only reads', { operations: ['read'] }, none],
    [
      'has one of them',
      { operations: ['read'], systemPermissions: ['view_audit'] },
      { ...none, view_audit: true },
    ],
  ])('that %s', async (_name, input, expected) => {
    expect(await pagesFor(await keyFor(input))).toEqual(expected);
  });

  it('sees in /readyz what its owner sees, in either header, and no more than it may', async () => {
    const seen = async (headers: Record<string, string>) =>
      Object.keys((await (await fetch(`${crm.url}/readyz`, { headers })).json()) as object);
    const details = ['status', 'health', 'plugins'];
    const inEither = async (key: string) => [
      await seen({ authorization: `Bearer ${key}` }),
      await seen({ 'x-api-key': key }),
    ];
    expect(await seen({})).toEqual(['status']);
    expect(await seen({ authorization: `Bearer ${session}` })).toEqual(details);
    expect(await inEither(await keyFor({}))).toEqual([details, details]);
    expect(await inEither(await keyFor({ operations: ['read'] }))).toEqual([
      ['status'],
      ['status'],
    ]);
    const allowed = { operations: ['read'], systemPermissions: ['view_health'] };
    expect(await inEither(await keyFor(allowed))).toEqual([details, details]);
    expect(await seen({ 'x-api-key': 'oos_nobody' })).toEqual(['status']);
  });

  it('that is narrowed gives nobody what it does not hold', async () => {
    const token = await keyFor({
      objects: ['permission_set_assignment', 'record_share'],
      systemPermissions: ['assign_permissions'],
    });
    const assign = (set: string) =>
      call('POST', '/api/data/permission_set_assignment', {
        token,
        body: { permission_set: set, grantee: 'user:mallory' },
      });
    for (const set of ['system_administrator', 'sales_rep']) {
      const { status, body } = await assign(set);
      expect([status, body.code], set).toEqual([403, 'permission_denied']);
    }
    const { body } = await call('GET', '/api/data/account?limit=1');
    const share = await call('POST', '/api/data/record_share', {
      token,
      body: {
        object: 'account',
        record_id: body.data.records[0].id,
        grantee: 'user:mallory',
        access_level: 'read',
      },
    });
    expect(share.status).toBeGreaterThanOrEqual(400);
    const full = await keyFor({});
    const given = await call('POST', '/api/data/permission_set_assignment', {
      token: full,
      body: { permission_set: 'sales_rep', grantee: 'user:mallory' },
    });
    expect(given.status).toBe(201);
  });
});

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'));
}
