import {
  insertTogether,
  type DriverSession,
  type ExpectedRows,
  type JointInsert,
  type Row,
} from '@objectql/core/driver';
import { createError } from '@objectos/spec/errors';
import { describe, expect, it } from 'vitest';
import {
  allColumns,
  emptyThing,
  expectRefused,
  idsOf,
  insertThings,
  journal,
  part,
  thing,
  type CurrentDriver,
} from '../fixture.js';

/** Things that must be there for what is written with them. */
function expected(...ids: readonly string[]): ExpectedRows {
  const where = { op: 'in', field: 'id', value: ids } as const;
  const refused = () =>
    createError('invalid_reference', { object: 'part', field: 'thing', reference: ids.join() });
  return { table: thing, where, count: ids.length, refused };
}

/** Parts, and a note in the journal about each. */
function parts(ids: readonly string[], more: Partial<JointInsert> = {}): JointInsert {
  const rows = ids.map((id): Row => ({ id, thing: 'a', name: `"{${id}}\\`, size: null }));
  const notes = ids.map((id): Row => ({ note: id }));
  const inserts = [
    { table: part, rows },
    { table: journal, rows: notes },
  ];
  return { expected: [], inserts, later: false, ...more };
}

/** Rows of several tables that are written in one go, at once or put off. */
export function jointInsertCases(driver: CurrentDriver): void {
  const stored = async () => {
    const orderBy = [{ field: 'id', direction: 'asc' }] as const;
    const found = await driver().reader.find({ table: part, columns: ['id', 'name'], orderBy });
    const notes = await driver().reader.find({
      table: journal,
      columns: ['note'],
      orderBy: [{ field: 'sequence', direction: 'asc' }],
    });
    expect(found.map(({ id }) => id)).toEqual(notes.map(({ note }) => note).sort());
    return found.map(({ id }) => id);
  };
  const together = (insert: JointInsert) =>
    driver().transaction((session) => insertTogether(session, insert));

  describe.each([
    ['at once', false],
    ['put off', true],
  ] as const)('joint inserts (%s)', (_name, later) => {
    it.each([
      ['one row', ['p']],
      ['several rows', ['p', 'q', 'r']],
    ])('write %s of each table', async (_rows, ids) => {
      await together(parts(ids, { later }));
      expect(await stored()).toEqual(ids);
      const [row] = await driver().reader.find({ table: part, columns: ['name', 'size'] });
      expect(row).toEqual({ name: `"{p}\\`, size: null });
    });

    it('keep every type of value, one row and several', async () => {
      const row = {
        ...emptyThing('a'),
        name: 'é "quoted" \\',
        size: -7,
        ratio: 0.25,
        price: 19.99,
        active: false,
        born: '2026-01-31',
        opens: '09:30:00',
        seen: '2026-01-31T09:30:00.000Z',
        tags: { list: ['a"b', null, 1], text: '\\' },
      };
      const others = ['b', 'c'].map((id) => ({ ...row, id, size: 1, name: id }));
      others.push({ ...row, id: 'd', name: '', tags: { list: ['"\n'], text: '\\"' } });
      await together({ expected: [], inserts: [{ table: thing, rows: [row] }], later });
      await together({ expected: [], inserts: [{ table: thing, rows: others }], later });
      const found = await driver().reader.find({
        table: thing,
        columns: allColumns,
        orderBy: [{ field: 'id', direction: 'asc' }],
      });
      expect(found).toEqual([row, ...others]);
    });

    it('write where all expected rows are there, and nothing where one is missing', async () => {
      await insertThings(driver(), [{ id: 'a' }, { id: 'b' }]);
      await together(parts(['p'], { later, expected: [expected('a'), expected('b', 'a')] }));
      await together(parts(['q', 'r'], { later, expected: [expected('b')] }));
      expect(await stored()).toEqual(['p', 'q', 'r']);
      const missing = together(
        parts(['s'], { later, expected: [expected('a'), expected('x'), expected('y')] }),
      );
      await expect(missing).rejects.toMatchObject({
        code: 'invalid_reference',
        params: { reference: 'x' },
      });
      await expectRefused(
        () => together(parts(['s', 't'], { later, expected: [expected('a', 'x')] })),
        'invalid_reference',
      );
      expect(await stored()).toEqual(['p', 'q', 'r']);
    });

    it('are undone together with what else the transaction did', async () => {
      await together(parts(['p']));
      const twice = driver().transaction(async (session) => {
        await session.insert(part, [{ id: 'o', thing: null, name: null, size: null }]);
        await insertTogether(session, parts(['p'], { later }));
      });
      await expect(twice).rejects.toMatchObject({
        code: 'duplicate_value',
        params: { object: 'part', fields: ['id'] },
      });
      await expectRefused(() => together(parts(['q', 'p'], { later })), 'duplicate_value');
      const thrown = driver().transaction(async (session) => {
        await insertTogether(session, parts(['q'], { later }));
        throw new RangeError('on purpose');
      });
      await expect(thrown).rejects.toThrow(RangeError);
      expect(await stored()).toEqual(['p']);
    });

    it('are seen by the next statement', async () => {
      const seen = await driver().transaction(async (session) => {
        await insertTogether(session, parts(['p'], { later }));
        await insertTogether(session, parts(['q'], { later }));
        const columns = ['id'];
        const rows = await session.find({ table: part, columns });
        await insertTogether(session, parts(['r'], { later }));
        return [rows.length, await session.count({ table: part })];
      });
      expect(seen).toEqual([2, 3]);
      expect(await stored()).toEqual(['p', 'q', 'r']);
    });

    it('fail the nested work they belong to, and nothing else', async () => {
      const refused = parts(['q'], { later, expected: [expected('x')] });
      const nested = (session: DriverSession, insert: JointInsert) =>
        session.nested((inner) => insertTogether(inner, insert));
      await driver().transaction(async (session) => {
        await insertTogether(session, parts(['p'], { later }));
        await expectRefused(() => nested(session, refused), 'invalid_reference');
        await expectRefused(() => nested(session, parts(['p'], { later })), 'duplicate_value');
        await nested(session, parts(['r'], { later }));
      });
      expect(await stored()).toEqual(['p', 'r']);
    });

    it('are not made by nested work that throws', async () => {
      await driver().transaction(async (session) => {
        const failing = async () =>
          session.nested(async (inner) => {
            await insertTogether(inner, parts(['p'], { later }));
            throw new RangeError('on purpose');
          });
        await expect(failing()).rejects.toThrow(RangeError);
        await insertTogether(session, parts(['q'], { later }));
      });
      expect(await stored()).toEqual(['q']);
    });

    it('let nobody remove what they refer to', async () => {
      await insertThings(driver(), [{ id: 'a' }]);
      const where = { op: 'eq', field: 'id', value: 'a' } as const;
      const remove = () =>
        driver().transaction(async (session) => {
          await session.find({ table: thing, columns: ['id'], where, lock: 'remove' });
          const refer = { op: 'eq', field: 'thing', value: 'a' } as const;
          if ((await session.count({ table: part, where: refer })) > 0) return;
          await session.delete({ table: thing, where });
        });
      const add = (id: string) =>
        together(parts([id], { later, expected: [expected('a')] })).catch(() => undefined);
      await Promise.all([add('p'), remove(), add('q'), remove(), add('r')]);
      const things = await idsOf(driver());
      const found = await stored();
      expect(found.length === 0 || things.length === 1).toBe(true);
    });
  });

  describe('joint inserts', () => {
    it('that were refused end the transaction, however the refusal is caught', async () => {
      const caught = driver().transaction(async (session) => {
        await insertTogether(session, parts(['p']));
        const refused = parts(['q'], { later: true, expected: [expected('x')] });
        await Promise.resolve(insertTogether(session, refused)).catch(() => undefined);
        await Promise.resolve(session.count({ table: part })).catch(() => undefined);
        return 'done';
      });
      const outcome = await caught.catch((error: unknown) => (error as { code: string }).code);
      // A driver that answers at once leaves it to the caller.
      expect(['done', 'invalid_reference']).toContain(outcome);
      expect(await stored()).toEqual(outcome === 'done' ? ['p'] : []);
    });
  });
}
