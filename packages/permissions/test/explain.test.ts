import {
  authenticatorService,
  definePlugin,
  httpServerService,
  type AccessOperation,
} from '@objectos/spec/contracts';
import { serverPlugin } from '@objectos/plugin-server';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Explanation } from '../src/index.js';
import { codeOf, openApplication, system, tenant, user, type TestApplication } from './support.js';

const FILES = {
  'objects/deal.object.yml': `
sharingModel: private
fields: { name: { type: text }, region: { type: text }, secret: { type: text } }
`,
  'permission_sets/sales.permission_set.yml': `
name: sales
assignedTo: [{ type: user, value: ann }, { type: user, value: bob }]
objects: { deal: { allowCreate: true, allowRead: true, allowEdit: true } }
fields: { deal.name: { editable: true }, deal.region: { editable: true } }
`,
  'permission_sets/europe.permission_set.yml': `
name: europe
assignedTo: [{ type: user, value: eve }]
objects: { deal: { allowRead: true, viewAllRecords: true } }
fields: { deal.name: {} }
rowLevelSecurity: [{ name: eu, object: deal, operation: select, using: region = "EU" }]
`,
  'permission_sets/wide.permission_set.yml': `
name: wide
objects: { deal: { allowRead: true, allowEdit: true, allowDelete: true, modifyAllRecords: true } }
`,
};

const authenticator = definePlugin({
  manifest: { id: 'test-authenticator', version: '1.0.0' },
  provides: [authenticatorService],
  setup: (ctx) => {
    ctx.provide(authenticatorService, {
      authenticate({ headers }) {
        const id = headers['x-user'];
        if (typeof id !== 'string') return undefined;
        return user(id, { roles: id === 'adam' ? ['admin'] : [] }).principal;
      },
    });
  },
});

let app: TestApplication;
let url: string;
let mine: string;
let american: string;

beforeEach(async () => {
  app = await openApplication(FILES, {
    plugins: [serverPlugin, authenticator],
    server: { port: 0 },
  });
  url = app.kernel.service(httpServerService).url;
  const add = async (data: Record<string, unknown>, owner: string) =>
    (await app.engine.insert('deal', data, user(owner)))['id'] as string;
  mine = await add({ name: 'A', region: 'EU' }, 'ann');
  american = await add({ name: 'B', region: 'US' }, 'ann');
});

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into bodies of every shape
async function get(path: string, as = 'adam'): Promise<{ status: number; body: any }> {
  const response = await fetch(url + path, { headers: { 'x-user': as } });
  return { status: response.status, body: (await response.json()) as unknown };
}

async function explained(query: string): Promise<Explanation> {
  const { status, body } = await get(`/api/permissions/explain?${query}`);
  expect(status).toBe(200);
  return (body as { data: Explanation }).data;
}

const layer = (explanation: Explanation, name: string) =>
  explanation.layers.find((one) => one.layer === name);

describe('an explanation', () => {
  it('says exactly what the engine does', async () => {
    await app.engine.insert(
      'record_share',
      { object: 'deal', record_id: american, grantee: 'user:bob', access_level: 'edit' },
      system,
    );
    const work: Partial<
      Record<AccessOperation, (id: string, ctx: ReturnType<typeof user>) => Promise<unknown>>
    > = {
      read: (id, ctx) => app.engine.get('deal', id, ctx),
      update: (id, ctx) => app.engine.update('deal', id, { name: 'A' }, ctx),
      delete: (id, ctx) => app.engine.delete('deal', id, ctx),
    };
    for (const id of [mine, american, 'nothing']) {
      for (const who of ['ann', 'bob', 'eve', 'nobody']) {
        for (const [operation, run] of Object.entries(work)) {
          const query = `object=deal&id=${id}&user=${who}&operation=${operation}`;
          const { allowed } = await explained(query);
          expect((await codeOf(run(id, user(who)))) === 'done', query).toBe(allowed);
        }
      }
    }
  });

  it('names the layer, and the smallest grant that would change it', async () => {
    const hidden = await explained(`object=deal&id=${mine}&user=bob`);
    expect(hidden.allowed).toBe(false);
    expect(layer(hidden, 'object')).toMatchObject({ passed: true });
    expect(layer(hidden, 'records')?.reason).toMatch(/private, the record belongs to ann/);
    expect(layer(hidden, 'fields')?.reason).toBe('does not see secret');
    expect(hidden.smallestGrant).toMatchObject({ kind: 'share_record' });
    expect(hidden.smallestGrant?.text).toBe(`Share deal ${mine} with user:bob for read.`);

    const narrowed = await explained(`object=deal&id=${american}&user=eve`);
    expect(layer(narrowed, 'policies')).toMatchObject({
      passed: false,
      reason: 'closed by europe.eu',
    });

    const noRight = await explained(`object=deal&id=${mine}&user=ann&operation=delete`);
    expect(noRight.smallestGrant).toMatchObject({
      kind: 'extend_set',
      set: 'sales',
      right: 'allowDelete',
    });

    const noSet = await explained(`object=deal&id=${mine}&user=nobody`);
    expect(layer(noSet, 'principal')?.reason).toBe('holds no permission set');
    expect(noSet.smallestGrant).toMatchObject({ kind: 'assign_set', set: 'europe' });
    expect((await explained(`object=deal&id=${mine}&user=ann`)).smallestGrant).toBeUndefined();
  });

  it('the grant that it suggests gives the access', async () => {
    const { smallestGrant } = await explained(`object=deal&id=${mine}&user=nobody`);
    await app.engine.insert(
      'permission_set_assignment',
      { permission_set: smallestGrant?.set, grantee: 'user:nobody' },
      tenant,
    );
    expect((await explained(`object=deal&id=${mine}&user=nobody`)).allowed).toBe(true);
  });

  it('of a record of another organization says nothing about it', async () => {
    const foreign = {
      ...system,
      principal: { kind: 'system', id: 'x', tenantId: 'org-b' },
    } as const;
    const record = await app.engine.insert('deal', { name: 'Theirs' }, foreign);
    const told = await explained(`object=deal&id=${String(record['id'])}&user=ann`);
    expect(told.allowed).toBe(false);
    expect(told.layers.map((one) => one.layer)).toEqual([
      'principal',
      'object',
      'tenant',
      'fields',
    ]);
    expect(JSON.stringify(told)).not.toContain('Theirs');
  });

  it('is for those who may, and for well-put questions', async () => {
    const query = `/api/permissions/explain?object=deal&id=${mine}&user=ann`;
    expect((await get(query, 'ann')).body.code).toBe('permission_denied');
    expect((await get('/api/permissions/explain?object=deal')).body.code).toBe('invalid_parameter');
    expect((await get(`${query}&operation=fly`)).body.code).toBe('invalid_parameter');
    expect((await get(`${query}&x=1`)).body.code).toBe('unknown_parameter');
  });
});

describe('a refusal', () => {
  it('bears a decision id that an administrator opens, hidden or not there alike', async () => {
    const told = async (path: string) => {
      const { status, body } = await get(path, 'bob');
      expect(status).toBe(404);
      return body as { details: { decisionId: string }; requestId: string };
    };
    const hidden = await told(`/api/data/deal/${mine}`);
    const missing = await told(
      `/api/data/deal/${mine.replace(/.$/, (last) => (last === '0' ? '1' : '0'))}`,
    );
    expect(Object.keys(hidden).sort()).toEqual(Object.keys(missing).sort());
    const { body } = await get(`/api/permissions/decisions/${hidden.details.decisionId}`);
    expect(body.data).toMatchObject({
      userId: 'bob',
      object: 'deal',
      operation: 'read',
      recordId: mine,
      requestId: hidden.requestId,
      held: { sets: ['sales'] },
      now: { allowed: false },
    });
    const list = await get('/api/permissions/decisions');
    expect(list.body.data).toHaveLength(2);
    expect(
      (await get(`/api/permissions/decisions/${hidden.details.decisionId}`, 'bob')).status,
    ).toBe(403);
    expect((await get('/api/permissions/decisions/nothing')).body.code).toBe('decision_not_found');
  });

  it('of a right bears one too', async () => {
    const { status, body } = await get('/api/data/deal', 'nobody');
    expect(status).toBe(403);
    const id = body.details.decisionId as string;
    expect((await get(`/api/permissions/decisions/${id}`)).body.data.reason).toMatch(
      /no permission set/,
    );
  });
});
