import { auditPlugin } from '@objectos/audit';
import { createNodeCarrier } from '@objectos/kernel/node';
import { permissionsPlugin } from '@objectos/permissions';
import {
  auditService,
  dataEngineService,
  httpServerService,
  systemContext,
  type UserPrincipal,
} from '@objectos/spec/contracts';
import { createTestKernel, testDatabaseUrl } from '@objectos/testing';
import { readPluginFiles } from '@objectql/core/node';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { describe, expect, it } from 'vitest';
import { serverPlugin } from '../src/index.js';
import { authenticatorPlugin, caller } from './support.js';

const FILES = {
  'objects/organization.object.yml': 'enable: { trash: false }\nfields: { name: { type: text } }',
  'objects/deal.object.yml': 'fields: { title: { type: text } }',
  'permission_sets/member.permission_set.yml': `
name: member
objects:
  deal: { allowCreate: true, allowRead: true, viewAllRecords: true }
fields: { deal.title: { editable: true } }
assignedTo: [{ type: role, value: 'organization:owner' }]
`,
};

const person = (id: string, more: Partial<UserPrincipal> = {}): UserPrincipal => ({
  kind: 'user',
  id,
  tenantId: null,
  roles: [],
  sessionId: `session of ${id}`,
  fingerprint: JSON.stringify([id, more]),
  ...more,
});

/** Who signs in with which token. */
const PEOPLE: Readonly<Record<string, UserPrincipal>> = {
  root: person('root', { roles: ['admin'] }),
  inside: person('root', { roles: ['admin', 'organization:owner'], tenantId: 'org-a' }),
  key: person('root', { roles: ['admin'], sessionId: undefined, apiKeyId: 'k' }),
  puppet: person('root', { roles: ['admin'], impersonatedBy: 'eve' }),
  ada: person('ada', { roles: ['organization:owner'], tenantId: 'org-a' }),
  nobody: person('nobody'),
};

async function start({ audited = true } = {}) {
  const carrier = createNodeCarrier();
  const kernel = await createTestKernel({
    carrier,
    plugins: [
      objectqlPlugin({
        driver: new SqlDriver({ url: await testDatabaseUrl() }),
        carrier,
        pluginFiles: readPluginFiles,
        applicationFiles: async () => Object.entries(FILES).map(([file, text]) => ({ file, text })),
      }),
      permissionsPlugin,
      authenticatorPlugin({
        authenticate: ({ headers: { authorization } }) =>
          PEOPLE[String(authorization).replace('Bearer ', '')],
      }),
      ...(audited ? [auditPlugin] : []),
      serverPlugin,
    ],
    config: { '@objectos/plugin-server': { port: 0 } },
  });
  const engine = kernel.service(dataEngineService);
  for (const id of ['org-a', 'org-b']) {
    await engine.insert('organization', { id, name: id }, systemContext('test'), {
      acceptId: true,
    });
    await engine.insert('deal', { title: `of ${id}` }, systemContext('test', { tenantId: id }));
  }
  const call = caller(kernel.service(httpServerService).url, '');
  const list = (token: string, headers: Readonly<Record<string, string>> = {}) =>
    call('GET', '/api/data/deal', { token, headers });
  return { kernel, engine, call, list };
}

const into = (organization: string, reason = 'ticket 4711: deal is gone') => ({
  'x-elevate-organization': organization,
  'x-elevate-reason': reason,
});

describe('acting in another organization', () => {
  it('shows and changes what is there, for this one request, and its log has why', async () => {
    const { kernel, call, list } = await start();
    const there = await list('root', into('org-b'));
    expect(there.status).toBe(200);
    expect(there.text).toContain('of org-b');
    expect(there.text).not.toContain('of org-a');
    expect((await list('root')).text).not.toContain('of org-');
    const made = await call('POST', '/api/data/deal', {
      token: 'root',
      headers: into('org-b', 'restored by hand'),
      body: { title: 'again' },
    });
    expect(made.status).toBe(201);
    expect((await list('ada')).text).not.toContain('again');
    const audit = kernel.service(auditService);
    await audit.settled();
    const entries = await audit.list({ tenantId: 'org-b' });
    const elevated = entries.filter(({ kind }) => kind === 'tenant.elevated');
    expect(elevated.map(({ actor, detail }) => [actor, detail])).toEqual([
      [
        'root',
        {
          organization: 'org-b',
          reason: 'restored by hand',
          method: 'POST',
          path: '/api/data/deal',
        },
      ],
      ['root', expect.objectContaining({ reason: 'ticket 4711: deal is gone', method: 'GET' })],
    ]);
    const [created] = entries.filter(
      ({ kind, actor }) => kind === 'record.create' && actor === 'root',
    );
    expect(created?.requestId).toBe(elevated[0]?.requestId);
  });

  it('is for nobody else, however they come by it (elevation_refused)', async () => {
    const { kernel, list } = await start();
    for (const token of ['ada', 'nobody', 'inside', 'key', 'puppet']) {
      const refused = await list(token, into('org-b'));
      expect([token, refused.status, refused.body.code]).toEqual([token, 403, 'elevation_refused']);
      expect(refused.text).not.toContain('of org-b');
    }
    const audit = kernel.service(auditService);
    const all = await audit.list({ kind: 'tenant.elevation_refused' });
    expect(all.map(({ actor }) => actor).sort()).toEqual(['ada', 'nobody', 'root', 'root', 'root']);
    expect(await audit.list({ kind: 'tenant.elevated' })).toEqual([]);
  });

  it('asks for a reason, and for an organization that there is', async () => {
    const { list } = await start();
    const code = async (headers: Readonly<Record<string, string>>) =>
      String((await list('root', headers)).body.code);
    expect(await code({ 'x-elevate-organization': 'org-b' })).toBe('elevation_refused');
    expect(await code(into('org-b', 'because'))).toBe('elevation_refused');
    expect(await code(into('org-b', 'x'.repeat(501)))).toBe('elevation_refused');
    expect(await code(into('org-c'))).toBe('elevation_refused');
    expect(await code({ 'x-elevate-reason': 'no organization named' })).toBe('header_invalid');
    expect(await code(into("' or 1=1"))).toBe('header_invalid');
  });

  it('is refused where nobody writes it down', async () => {
    const { list } = await start({ audited: false });
    const refused = await list('root', into('org-b'));
    expect([refused.status, refused.body.code]).toEqual([403, 'elevation_refused']);
  });

  it('takes no right from another membership along', async () => {
    const { engine, kernel, list } = await start();
    const none = systemContext('test');
    await engine.insert(
      'permission_set',
      {
        name: 'support',
        definition: {
          systemPermissions: ['elevate_tenant'],
          assignedTo: [{ type: 'user', value: 'nobody' }],
        },
      },
      none,
    );
    await kernel.service(auditService).settled();
    const refused = await list('nobody', into('org-b'));
    expect(refused.body.code).toBe('permission_denied');
  });
});
