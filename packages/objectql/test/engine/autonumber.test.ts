import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseNames, openDatabase, type OpenedDatabase } from './databases.js';
import { openEngine, system, user } from './support.js';

const OBJECTS = {
  ticket: `
label: Ticket
fields:
  number: { type: autonumber, format: 'T-{YYYY}-{0000}' }
  plain: { type: autonumber }
  title: { type: text, required: true }
`,
};

describe.each(await databaseNames())('automatic numbers on %s', (name) => {
  let database: OpenedDatabase;
  let objectql: Awaited<ReturnType<typeof openEngine>>;
  let now = Date.parse('2026-12-31T23:00:00Z');

  beforeEach(async () => {
    now = Date.parse('2026-12-31T23:00:00Z');
    database = await openDatabase(name);
    objectql = await openEngine({
      url: database.url,
      objects: OBJECTS,
      access: { decide: () => ({ allowed: true }) },
      now: () => now,
    });
  });

  afterEach(async () => {
    await objectql.close();
    await database.drop();
  });

  it('count per organization, and anew with each period of the format', async () => {
    const first = await objectql.insert('ticket', { title: 'a' }, user());
    expect(first).toMatchObject({ number: 'T-2026-0001', plain: '00001' });
    const many = await objectql.insertMany('ticket', [{ title: 'b' }, { title: 'c' }], user(), {});
    expect(many.map((row) => row.record?.['number'])).toEqual(['T-2026-0002', 'T-2026-0003']);
    const other = await objectql.insert('ticket', { title: 'd' }, user({ tenantId: 'org-b' }));
    expect(other['number']).toBe('T-2026-0001');
    now = Date.parse('2027-01-01T01:00:00Z');
    expect(await objectql.insert('ticket', { title: 'e' }, user())).toMatchObject({
      number: 'T-2027-0001',
      plain: '00004',
    });
  });

  it('leave no gap for a write that is undone', async () => {
    await expect(objectql.insert('ticket', {}, user())).rejects.toMatchObject({
      code: 'validation_error',
    });
    expect(await objectql.insert('ticket', { title: 'a' }, user())).toMatchObject({
      plain: '00001',
    });
  });

  it('are never taken from a client, and stay as they are', async () => {
    await expect(
      objectql.insert('ticket', { title: 'a', number: 'T-1' }, system),
    ).rejects.toMatchObject({ code: 'read_only_field' });
    const made = await objectql.insert('ticket', { title: 'a' }, user());
    const changed = await objectql.update('ticket', made['id'] as string, { title: 'b' }, user());
    expect(changed['number']).toBe(made['number']);
  });

  it('are given once, to 50 writers at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        objectql.insert('ticket', { title: String(index) }, user()),
      ),
    );
    const numbers = made.map((record) => record['plain'] as string).sort();
    expect(numbers).toEqual(
      Array.from({ length: 50 }, (_, index) => String(index + 1).padStart(5, '0')),
    );
  });
});
