import { isObjectOSError } from '@objectos/spec/errors';
import { describe, expect, it } from 'vitest';
import {
  batchBody,
  createManyBody,
  deleteManyBody,
  updateManyBody,
  upsertManyBody,
} from './bulk-body.js';

function codeOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return isObjectOSError(error) ? error.code : 'another error';
  }
}

const defaults = {
  atomic: true,
  continueOnError: false,
  returnRecords: false,
  validateOnly: false,
};

describe('bodies of bulk requests', () => {
  it('createMany takes a list, bare or as records', () => {
    expect(createManyBody([{ name: 'a' }], 10)).toEqual([{ name: 'a' }]);
    expect(createManyBody({ records: [{ name: 'a' }] }, 10)).toEqual([{ name: 'a' }]);
  });

  it('updateMany and deleteMany take the published form', () => {
    const updates = updateManyBody({ records: [{ id: '1', data: { name: 'a' } }] }, 10);
    const item = { operation: 'update', id: '1', data: { name: 'a' } };
    expect(updates).toEqual({ operation: 'update', items: [item], options: defaults });
    const deletes = deleteManyBody({ ids: ['1'], options: { atomic: false } }, 10);
    expect(deletes.options).toEqual({ ...defaults, atomic: false });
    expect(deletes.items).toEqual([{ operation: 'delete', id: '1', data: {} }]);
  });

  it('batch takes both dialects', () => {
    const one = batchBody({ operation: 'create', records: [{ data: { name: 'a' } }] }, 10);
    expect(one).toMatchObject({ operation: 'create', items: [{ operation: 'create' }] });
    const body = {
      atomic: false,
      operations: [
        { type: 'create', data: {} },
        { operation: 'update', id: '1', data: {} },
        { type: 'delete', id: '2' },
      ],
    };
    expect(batchBody(body, 10)).toMatchObject({
      operation: 'mixed',
      options: { atomic: false },
      items: [{ operation: 'create' }, { id: '1' }, { operation: 'delete', id: '2' }],
    });
  });

  it('upserts name their key, and take its value beside the data', () => {
    const body = { records: [{ email: 'a' }], by: ['email'] };
    expect(upsertManyBody(body, 10)).toMatchObject({
      operation: 'upsert',
      by: ['email'],
      items: [{ data: { email: 'a' } }],
    });
    const published = {
      operation: 'upsert',
      by: ['email'],
      records: [{ externalId: 'a', data: {} }],
    };
    expect(batchBody(published, 10)).toMatchObject({ items: [{ data: { email: 'a' } }] });
  });

  it.each([
    [{}, 'body_invalid'],
    [undefined, 'body_invalid'],
    ['text', 'body_invalid'],
    [{ operation: 'create' }, 'body_invalid'],
    [{ records: [], operations: [], operation: 'create' }, 'body_invalid'],
    [{ operation: 'explode', records: [{ data: {} }] }, 'body_invalid'],
    [{ operation: 'create', records: ['x'] }, 'body_invalid'],
    [{ operation: 'create', records: [{ id: '1', data: {} }] }, 'body_invalid'],
    [{ operation: 'create', records: [{ name: 'not in data' }] }, 'body_invalid'],
    [{ operation: 'update', records: [{ data: {} }] }, 'body_invalid'],
    [{ operation: 'update', records: [{ id: 7, data: {} }] }, 'body_invalid'],
    [{ operation: 'update', records: [{ id: '1', data: [] }] }, 'body_invalid'],
    [{ operation: 'create', records: [], options: { atomic: 'yes' } }, 'body_invalid'],
    [{ operation: 'create', records: [], options: { turbo: true } }, 'body_invalid'],
    [{ operation: 'upsert', records: [{ data: {} }] }, 'body_invalid'],
    [{ operation: 'upsert', by: ['a'], records: [{ id: '1', data: {} }] }, 'body_invalid'],
    [
      { operation: 'upsert', by: ['a', 'b'], records: [{ externalId: 1, data: {} }] },
      'body_invalid',
    ],
    [{ operation: 'create', records: [{ externalId: 'x', data: {} }] }, 'body_invalid'],
    [{ operation: 'create', records: Array(11).fill({ data: {} }) }, 'limit_exceeded'],
  ])('batch refuses %j as %s', (body, code) => {
    expect(codeOf(() => batchBody(body, 10))).toBe(code);
  });

  it('refuses more records than allowed, before looking at them', () => {
    expect(codeOf(() => createManyBody(Array(11).fill(0), 10))).toBe('limit_exceeded');
    expect(codeOf(() => deleteManyBody({ ids: Array(11).fill('1') }, 10))).toBe('limit_exceeded');
    expect(codeOf(() => updateManyBody({ records: Array(11).fill(0) }, 10))).toBe('limit_exceeded');
  });
});
