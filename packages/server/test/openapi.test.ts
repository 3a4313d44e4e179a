import { Validator } from '@seriousme/openapi-schema-validator';
import { catalogue } from '@objectos/spec/errors';
import { describe, expect, it } from 'vitest';
import { startServer } from './support.js';

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const { call } = await startServer();
    const { status, text, headers } = await call('GET', '/api/openapi.json');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/json');
    const result = await new Validator().validate(JSON.parse(text) as Record<string, unknown>);
    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
  });

  it('says of each object what it takes and gives', async () => {
    const { call } = await startServer();
    const { paths, components, info, openapi } = (await call('GET', '/api/openapi.json')).body;
    expect(openapi).toBe('3.1.0');
    expect(info.version).toEqual(expect.any(String));
    const { account, contact } = components.schemas;
    expect(contact.properties.email).toEqual({ type: ['string', 'null'], format: 'email' });
    expect(contact.properties.birthday).toEqual({ type: ['string', 'null'], format: 'date' });
    expect(contact.properties.score).toMatchObject({
      type: ['number', 'null'],
      minimum: 0,
      maximum: 100,
    });
    expect(contact.properties.tags).toMatchObject({
      type: ['array', 'null'],
      items: { type: 'string' },
    });
    expect(contact.properties.account.description).toContain('account');
    expect(contact.properties.code.readOnly).toBe(true);
    expect(contact.properties.id).toMatchObject({ type: 'string', readOnly: true });
    expect(account.properties.status).toMatchObject({ enum: ['new', 'active', null] });
    expect(account.properties.name).toMatchObject({ type: ['string', 'null'], maxLength: 50 });
    expect(components.schemas['account.create'].properties.name.type).toBe('string');
    const create = components.schemas['contact.create'];
    expect(create.required).toEqual(['name']);
    expect(Object.keys(create.properties as object)).not.toContain('id');
    expect(Object.keys(create.properties as object)).not.toContain('code');
    expect(components.schemas.Error.properties.code.enum).toEqual(Object.keys(catalogue).sort());
    expect(Object.keys(paths['/api/data/contact/{id}'] as object)).toEqual([
      'get',
      'patch',
      'put',
      'delete',
    ]);
    expect(Object.keys(paths['/api/data/reading'] as object)).toEqual(['get']);
    expect(Object.keys(paths as object)).not.toContain('/api/data/reading/batch');
    expect(JSON.stringify(paths)).not.toContain('internal"');
  });

  it('describes what the server really answers', async () => {
    const { call } = await startServer();
    const { components } = (await call('GET', '/api/openapi.json')).body;
    const { body } = await call('POST', '/api/data/contact', {
      body: { name: 'Ada', tags: ['a'] },
    });
    const described = Object.keys(components.schemas.contact.properties as object).sort();
    expect(Object.keys(body.data.record as object).sort()).toEqual(described);
    const error = (await call('GET', '/api/data/contact?nosuch=1')).body;
    const known = Object.keys(components.schemas.Error.properties as object);
    expect(Object.keys(error as object).filter((key) => !known.includes(key))).toEqual([]);
    for (const name of components.schemas.Error.required as string[])
      expect(error).toHaveProperty(name);
  });

  it('names an operation once', async () => {
    const { call } = await startServer();
    const { paths } = (await call('GET', '/api/openapi.json')).body as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const ids = Object.values(paths).flatMap((path) =>
      Object.values(path).map((one) => one.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is not sent again to who has it', async () => {
    const { call } = await startServer();
    const tag = (await call('GET', '/api/openapi.json')).headers.get('etag') ?? '';
    expect(
      (await call('GET', '/api/openapi.json', { headers: { 'if-none-match': tag } })).status,
    ).toBe(304);
  });
});
