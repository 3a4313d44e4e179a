import { accessPolicyService, definePlugin, type Principal } from '@objectos/spec/contracts';
import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authenticatorPlugin, FILES, startServer, type TestServer } from './support.js';

let server: TestServer;
let call: TestServer['call'];

beforeAll(async () => {
  server = await startServer({ stopAfterTest: false });
  call = server.call;
});
afterAll(() => stopAndCheck(server.kernel));

const names = (items: unknown) => (items as { name: string }[]).map((item) => item.name);

describe.each(['/api/metadata', '/api/v1/meta'])('metadata at %s', (prefix) => {
  it('lists the types and the items of a type, by singular, plural and folder', async () => {
    expect((await call('GET', prefix)).body.types).toContain('object');
    for (const type of ['object', 'objects']) {
      const { body } = await call('GET', `${prefix}/${type}`);
      expect(body.type).toBe('object');
      expect(names(body.items)).toEqual(expect.arrayContaining(['account', 'contact', 'reading']));
      expect(names(body.items)).not.toContain('internal');
      expect(names(body.items).filter((name) => name.startsWith('sys_'))).toEqual([]);
    }
    expect(names((await call('GET', `${prefix}/apps`)).body.items)).toEqual(['sales']);
    expect((await call('GET', `${prefix}/data`)).body.type).toBe('seed');
  });

  it('gives an object at the top level and as item, with what the engine adds', async () => {
    for (const type of ['object', 'objects']) {
      const { body, headers } = await call('GET', `${prefix}/${type}/contact`);
      expect(body).toMatchObject({
        type: 'object',
        name: 'contact',
        label: 'Contact',
        nameField: 'name',
      });
      expect(body.item).toMatchObject({ name: 'contact', fields: body.fields });
      expect(body.fields.id).toMatchObject({ readonly: true, system: true });
      expect(body.fields.email).toMatchObject({
        type: 'email',
        help: 'Work address',
        required: false,
      });
      expect(body.fields.account).toMatchObject({
        reference: 'account',
        reference_to: 'account',
        permissions: { read: true, write: true },
      });
      expect(body.fields.code).toMatchObject({
        readonly: true,
        permissions: { read: true, write: false },
      });
      expect(body.fields.notes.sortable).toBe(false);
      expect(headers.get('etag')).toMatch(/^"[\w-]+"$/);
      expect(headers.get('cache-control')).toBe('private, no-cache');
    }
    const { fields } = (await call('GET', `${prefix}/object/account`)).body;
    expect(fields.name).toMatchObject({ maxLength: 50, max_length: 50, label: 'Name' });
    expect(fields.status.options).toEqual([
      { value: 'new', label: 'New', default: true },
      { value: 'active', label: 'Active' },
    ]);
  });

  it('gives the views of an object, declared or made', async () => {
    const list = (await call('GET', `${prefix}/contact/views/list`)).body;
    expect(list).toMatchObject({
      type: 'grid',
      object: 'contact',
      columns: ['name', 'email', { field: 'score' }],
    });
    expect(list.item.columns).toEqual(list.columns);
    expect((await call('GET', `${prefix}/contact/views/recent`)).body.label).toBe('Recent');
    const form = (await call('GET', `${prefix}/contact/views/form`)).body;
    expect(form.sections[0].fields).toEqual(
      expect.arrayContaining(['name', 'email', 'account', 'notes']),
    );
    expect(form.sections[0].fields).not.toContain('code');
    const made = (await call('GET', `${prefix}/account/views/list`)).body;
    expect(made.columns).toEqual(['name', 'status', 'website', 'revenue']);
    for (const missing of ['nosuch', 'constructor', '__proto__']) {
      const answer = await call('GET', `${prefix}/contact/views/${missing}`);
      expect(answer.body.code).toBe('metadata_not_found');
    }
  });

  it('filters items by the package they came from', async () => {
    expect(names((await call('GET', `${prefix}/objects?package=app`)).body.items)).toContain(
      'account',
    );
    expect((await call('GET', `${prefix}/objects?package=nosuch`)).body.items).toEqual([]);
  });

  it.each([
    ['nosuch', 404, 'metadata_type_unknown'],
    ['objekts', 404, 'metadata_type_unknown'],
    ['constructor', 404, 'metadata_type_unknown'],
    ['view/nosuch', 404, 'metadata_not_found'],
    ['view/__proto__', 404, 'metadata_not_found'],
    ['objects?nosuch=1', 400, 'unknown_parameter'],
  ])('answers %s with %i %s', async (path, status, code) => {
    const answer = await call('GET', `${prefix}/${path}`);
    expect(answer.status, answer.text).toBe(status);
    expect(answer.body.code).toBe(code);
  });
});

describe('conditional requests', () => {
  it('are answered 304 on our prefix and never on the published one', async () => {
    for (const path of ['', '/objects', '/object/contact', '/contact/views/list']) {
      const tag = (await call('GET', `/api/metadata${path}`)).headers.get('etag') ?? '';
      const headers = { 'if-none-match': tag };
      expect((await call('GET', `/api/metadata${path}`, { headers })).status).toBe(304);
      expect((await call('GET', `/api/v1/meta${path}`, { headers })).status).toBe(200);
    }
  });

  it('see a reload', async () => {
    const files = { ...FILES };
    const other = await startServer({ files });
    const before =
      (await other.call('GET', '/api/metadata/object/account')).headers.get('etag') ?? '';
    const document = (await other.call('GET', '/api/openapi.json')).text;
    files['objects/account.object.yml'] =
      `${FILES['objects/account.object.yml'] ?? ''}  phone: { type: phone }\n`;
    await other.reload();
    const after = await other.call('GET', '/api/metadata/object/account', {
      headers: { 'if-none-match': before },
    });
    expect(after.status).toBe(200);
    expect(after.body.fields).toHaveProperty('phone');
    expect((await other.call('GET', '/api/openapi.json')).text).not.toBe(document);
  });
});

describe('views where the published clients ask for them', () => {
  it.each([
    ['/api/v1/ui/view/contact', 'list'],
    ['/api/v1/ui/view/contact?type=list', 'list'],
    ['/api/v1/ui/view/contact?type=form', 'form'],
    ['/api/v1/ui/view/contact/list', 'list'],
    ['/api/v1/ui/view/contact/form', 'form'],
  ])('%s is a %s', async (path, kind) => {
    const { status, body } = await call('GET', path);
    expect(status).toBe(200);
    expect(body).toMatchObject({ object: 'contact', type: kind });
    expect(body[kind]).toBeDefined();
    expect(body.view).toEqual(body[kind]);
  });

  it('any other kind is refused', async () => {
    expect((await call('GET', '/api/v1/ui/view/contact/kanban')).body.code).toBe(
      'invalid_parameter',
    );
  });
});

describe('a reader who may not see everything', () => {
  const user: Principal = { kind: 'user', id: 'u', tenantId: null, roles: [], fingerprint: 'f' };
  const readable = new Set(['id', 'name', 'score', 'revision']);
  const policy = definePlugin({
    manifest: { id: 'test-policy', version: '1.0.0' },
    provides: [accessPolicyService],
    setup: (ctx) => {
      ctx.provide(accessPolicyService, {
        decide: (_principal, object, operation) =>
          object === 'contact' && operation === 'read'
            ? { allowed: true, readable }
            : { allowed: false, reason: 'of the test' },
      });
    },
  });
  const plugins = [policy, authenticatorPlugin({ authenticate: () => user })];

  it('sees neither the fields nor the objects, in no part of the metadata', async () => {
    const restricted = await startServer({ plugins });
    const body = (await restricted.call('GET', '/api/metadata/object/contact')).body;
    expect(Object.keys(body.fields as object).sort()).toEqual(['id', 'name', 'revision', 'score']);
    const answers = await Promise.all(
      [
        '/api/metadata/objects',
        '/api/metadata/object/contact',
        '/api/metadata/views',
        '/api/metadata/view/contact_views',
        '/api/metadata/contact/views/list',
        '/api/metadata/contact/views/form',
        '/api/metadata/contact/views/recent',
        '/api/v1/ui/view/contact?type=form',
        '/api/openapi.json',
      ].map((path) => restricted.call('GET', path)),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(200);
      expect(answer.text).not.toMatch(/"email"|birthday|notes|"account"|reading/);
    }
    for (const path of ['/api/metadata/object/account', '/api/metadata/account/views/list']) {
      expect((await restricted.call('GET', path)).body.code).toBe('object_not_found');
    }
  });

  it('has another ETag than one who may', async () => {
    const restricted = await startServer({ plugins });
    const theirs = (await restricted.call('GET', '/api/metadata/objects')).headers.get('etag');
    expect(theirs).not.toBe((await call('GET', '/api/metadata/objects')).headers.get('etag'));
  });

  it('is asked for grants that are still to be loaded, and gets nothing when they fail', async () => {
    let outcome: 'loads' | 'fails' = 'loads';
    const loaded = new Set<string>();
    const lazy = definePlugin({
      manifest: { id: 'lazy-policy', version: '1.0.0' },
      provides: [accessPolicyService],
      setup: (ctx) => {
        ctx.provide(accessPolicyService, {
          async prepare(principal) {
            await Promise.resolve();
            if (outcome === 'fails') throw new Error('boom');
            loaded.add(principal.id);
          },
          decide: (principal) =>
            loaded.has(principal.id) ? { allowed: true } : { allowed: false, reason: 'not loaded' },
        });
      },
    });
    const authenticator = authenticatorPlugin({ authenticate: () => user });
    const server = await startServer({ plugins: [lazy, authenticator] });
    expect((await server.call('GET', '/api/metadata/object/contact')).status).toBe(200);
    expect((await server.call('GET', '/api/data/contact?score=1')).status).toBe(200);
    outcome = 'fails';
    for (const path of ['/api/metadata/object/contact', '/api/data/contact']) {
      const answer = await server.call('GET', path);
      expect(answer.status).toBe(503);
      expect(answer.body.code).toBe('access_unavailable');
    }
  });
});
