import { describe, expect, it } from 'vitest';
import { sqliteError } from '../src/sqlite/errors.js';

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
