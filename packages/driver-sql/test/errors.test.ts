import { describe, expect, it } from 'vitest';
import { postgresError } from '../src/postgres/errors.js';
import { sqliteError } from '../src/sqlite/errors.js';

describe('errors of PostgreSQL at connecting', () => {
  it.each([
    ['ECONNREFUSED', 'nothing listens there'],
    ['ENOTFOUND', 'its host is not known'],
    ['EPIPE', 'the connection is lost'],
    ['28P01', 'it refuses the user or the password'],
    ['3D000', 'it has no database of that name'],
  ])('%s says that %s', (code, reason) => {
    const cause = Object.assign(new Error('x'), { code });
    expect(postgresError(cause, 'connect')).toMatchObject({
      code: 'driver_unavailable',
      message: `The database (postgres) does not answer: ${reason}.`,
      cause,
    });
  });

  it('is another thing later', () => {
    const cause = Object.assign(new Error('x'), { code: '42501' });
    expect(postgresError(cause, 'find')).toMatchObject({ code: 'storage_failed' });
  });
});

describe('errors of SQLite', () => {
  it.each([
    [13, 'storage_full'],
    [5, 'driver_unavailable'],
    [6, 'driver_unavailable'],
    [14, 'driver_unavailable'],
    [10, 'storage_failed'],
    [2067, 'duplicate_value'],
    [1555, 'duplicate_value'],
  ])('result code %i becomes %s, with its cause', (errcode, code) => {
    const cause = Object.assign(new Error('UNIQUE constraint failed: contact.email'), { errcode });
    expect(sqliteError(cause, 'write')).toMatchObject({ code, cause });
  });

  it('names the object and fields of a duplicate', () => {
    const cause = Object.assign(new Error('UNIQUE constraint failed: contact.email, contact.org'), {
      errcode: 2067,
    });
    expect(sqliteError(cause, 'write')).toMatchObject({
      params: { object: 'contact', fields: ['email', 'org'] },
    });
  });
});
