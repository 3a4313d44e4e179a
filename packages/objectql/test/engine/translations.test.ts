import type { AccessPolicy, ExecutionContext, RecordLanguages } from '@objectos/spec/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver } from '../../src/driver/contract.js';
import { translationCheck } from '../../src/metadata/check/translations.js';
import { buildSnapshot, parseSource, type ObjectQL } from '../../src/index.js';
import { exportRecords, importRecords } from '../../src/transfer/index.js';
import { databaseNames, openDatabase, type OpenedDatabase } from './databases.js';
import { openEngine, system, user } from './support.js';

const LANGUAGES: RecordLanguages = {
  default: 'en',
  chains: new Map([
    ['de', ['de']],
    ['de-CH', ['de-CH', 'de']],
    ['fr', ['fr']],
  ]),
};

const OBJECTS = {
  category: 'fields:\n  name: { type: text, translatable: true, required: true }\n',
  product: `
fields:
  sku: { type: text, unique: true }
  name: { type: text, translatable: true, required: true, maxLength: 20, searchable: true }
  notes: { type: textarea, translatable: true }
  price: { type: number }
  category: { type: lookup, reference: category }
  shout: { type: formula, expression: UPPER(name), returnType: text }
validations:
  - { name: no_todo, type: format, field: name, regex: '(?!TODO).*', message: Say what it is }
`,
};

const inLocale = (recordLocale: string, ctx: ExecutionContext = system): ExecutionContext => ({
  ...ctx,
  recordLocale,
});

/** May read and write everything but the notes. */
const withoutNotes: AccessPolicy = {
  decide: (_principal, object) => {
    const fields = new Set(['sku', 'name', 'price', 'category', 'revision']);
    const rows = { op: 'ne', field: 'name', value: 'Hidden' } as const;
    return object === 'product'
      ? { allowed: true, readable: fields, writable: fields, rows }
      : { allowed: true };
  },
};

const names = (await databaseNames()).filter((name) => name !== 'mongo');

it('is refused where the database has no expressions, and where the column is taken', () => {
  const text = `${OBJECTS.category}  name__i18n: { type: text }\n`;
  const { snapshot } = buildSnapshot(
    [{ name: 'app', sources: [parseSource({ file: 'objects/category.object.yml', text })] }],
    { languages: LANGUAGES },
  );
  const codesFor = (expressions?: 'sqlite') => {
    const capabilities = { expressions } as Driver['capabilities'];
    const check = translationCheck({ name: 'test', capabilities });
    const found = check({ items: new Map(), objects: snapshot?.objects ?? new Map() });
    return found.map(({ code }) => code);
  };
  expect(codesFor()).toEqual(['translatable_unsupported']);
  expect(codesFor('sqlite')).toEqual(['translatable_column']);
});

describe.each(names)('translated values on %s', (name) => {
  let database: OpenedDatabase;
  let engine: ObjectQL;
  beforeAll(async () => {
    database = await openDatabase(name);
    engine = await openEngine({
      url: database.url,
      objects: OBJECTS,
      access: withoutNotes,
      languages: () => LANGUAGES,
    });
    const { id: seats } = await engine.insert(
      'category',
      { name: 'Seats', 'name:de': 'Sitze' },
      system,
    );
    await engine.insertMany(
      'product',
      [
        { sku: 'a', name: 'Chair', 'name:de': 'Stuhl', 'name:fr': 'Chaise', category: seats },
        { sku: 'b', name: 'Table', 'name:de': 'Tisch', 'name:de-CH': 'Tischli' },
        { sku: 'c', name: 'Lamp' },
      ],
      system,
    );
  });
  afterAll(async () => {
    await engine.close();
    await database.drop();
  });
  const bySku = async (sku: string, ctx: ExecutionContext) => {
    const where = { op: 'eq', field: 'sku', value: sku } as const;
    const { records } = await engine.find('product', { where }, ctx);
    return records[0] ?? {};
  };
  const listed = async (query: Parameters<ObjectQL['find']>[1], locale?: string) => {
    const ctx = locale === undefined ? system : inLocale(locale);
    const { records } = await engine.find('product', query, ctx);
    return records.map((record) => record['name']);
  };

  it('reads in a language, with fallbacks, and in all', async () => {
    expect(await listed({ orderBy: [{ field: 'sku', direction: 'asc' }] })).toEqual([
      'Chair',
      'Table',
      'Lamp',
    ]);
    const chair = await bySku('a', inLocale('de-CH'));
    expect(chair).toMatchObject({ name: 'Stuhl', notes: null, shout: 'CHAIR' });
    expect(Object.keys(chair)).toEqual(Object.keys(await bySku('a', system)));
    expect(await bySku('b', inLocale('fr'))).toMatchObject({ name: 'Table' });
    expect(await bySku('a', inLocale('*'))).toMatchObject({
      name: { en: 'Chair', de: 'Stuhl', 'de-CH': null, fr: 'Chaise' },
    });
  });

  it('filters, sorts, pages, groups and expands by what is read', async () => {
    const orderBy = [{ field: 'name', direction: 'asc' }] as const;
    expect(await listed({ orderBy }, 'de')).toEqual(['Lamp', 'Stuhl', 'Tisch']);
    expect(await listed({ orderBy, fields: ['name'] }, 'de-CH')).toEqual([
      'Lamp',
      'Stuhl',
      'Tischli',
    ]);
    const where = { op: 'startsWith', field: 'name', value: 'Tisch' } as const;
    expect(await listed({ where }, 'de')).toEqual(['Tisch']);
    expect(await listed({ where })).toEqual([]);
    expect(await listed({ where, orderBy }, '*')).toEqual([]);

    const first = await engine.find('product', { orderBy, limit: 2, cursor: '' }, inLocale('de'));
    const rest = { orderBy, limit: 2, cursor: first.next, fields: ['sku'] };
    const second = await engine.find('product', rest, inLocale('de'));
    expect(second.records).toEqual([{ id: expect.any(String) as string, sku: 'b' }]);
    await expect(engine.find('product', rest, system)).rejects.toMatchObject({
      code: 'invalid_cursor',
    });

    const through = {
      op: 'related',
      relation: 'category',
      where: { op: 'eq', field: 'name', value: 'Sitze' },
    } as const;
    const expand = { category: { fields: ['name'] } };
    const { records } = await engine.find('product', { where: through, expand }, inLocale('de'));
    expect(records).toMatchObject([{ name: 'Stuhl', category: { name: 'Sitze' } }]);
    expect(await engine.distinct('product', 'name', inLocale('fr'))).toEqual([
      'Chaise',
      'Lamp',
      'Table',
    ]);
    const byCategory = [{ field: 'category.name', direction: 'desc' }] as const;
    expect(await listed({ orderBy: byCategory, limit: 1 }, 'de')).toEqual(['Stuhl']);
  });

  it('writes one language, or all, each value by the rules of the field', async () => {
    const { id } = await engine.insert('product', { name: 'Lampe' }, inLocale('fr'));
    const first = await engine.get('product', id as string, inLocale('*'));
    expect(first['name']).toEqual({ en: 'Lampe', de: null, 'de-CH': null, fr: 'Lampe' });
    const inGerman = await engine.update(
      'product',
      id as string,
      { name: 'Leuchte' },
      inLocale('de'),
    );
    expect(inGerman).toMatchObject({ name: 'Leuchte', revision: 2 });
    const all = { name: { en: 'Light', fr: null } };
    expect(await engine.update('product', id as string, all, inLocale('*'))).toMatchObject({
      name: { en: 'Light', de: 'Leuchte', fr: null },
    });
    const change = (data: object, ctx = system) =>
      engine.update('product', id as string, { ...data }, ctx);
    const unknown = { code: 'record_locale_unknown' };
    await Promise.all([
      expect(change({ name: 'x'.repeat(21), notes: 5 }, inLocale('de'))).rejects.toMatchObject({
        fieldErrors: [
          { field: 'name:de', code: 'value_too_long' },
          { field: 'notes:de', code: 'invalid_type' },
        ],
      }),
      expect(change({ 'name:fr': 'TODO' })).rejects.toMatchObject({
        fieldErrors: [{ field: 'name:fr', code: 'no_todo' }],
      }),
      expect(change({ name: { en: null } }, inLocale('*'))).rejects.toMatchObject({
        fieldErrors: [{ field: 'name', code: 'missing_required_field' }],
      }),
      expect(change({ name: { xx: 'a' } }, inLocale('*'))).rejects.toMatchObject(unknown),
      expect(engine.get('product', id as string, inLocale('xx'))).rejects.toMatchObject(unknown),
      expect(engine.find('category', {}, inLocale("de' OR 1=1"))).rejects.toMatchObject(unknown),
    ]);
    await engine.delete('product', id as string, system);
  });

  it('takes no fallback for a translation when a whole record is sent back', async () => {
    const { id } = await engine.insert('product', { name: 'Rug' }, system);
    const read = await engine.get('product', id as string, inLocale('de'));
    const options = { wholeRecord: true };
    await engine.update('product', id as string, { ...read, price: 3 }, inLocale('de'), options);
    const all = await engine.get('product', id as string, inLocale('*'));
    expect(all).toMatchObject({ name: { en: 'Rug', de: null }, price: 3, revision: 2 });
    await engine.delete('product', id as string, system);
  });

  it('merges changes of different languages, and tells those of the same', async () => {
    const { id } = await engine.insert('product', { name: 'Bed', 'name:de': 'Bett' }, system);
    await engine.update('product', id as string, { name: 'Lit' }, inLocale('fr'));
    const merge = { mergeFrom: 1 };
    await engine.update('product', id as string, { name: 'Schragen' }, inLocale('de-CH'), merge);
    const all = await engine.get('product', id as string, inLocale('*'));
    expect(all['name']).toEqual({ en: 'Bed', de: 'Bett', 'de-CH': 'Schragen', fr: 'Lit' });
    await expect(
      engine.update('product', id as string, { name: 'Couche' }, inLocale('fr'), merge),
    ).rejects.toMatchObject({ code: 'merge_conflict' });
    const copy = await engine.clone('product', id as string, inLocale('*'), {
      overrides: { name: { en: 'Bed 2', de: 'Bett 2' } },
    });
    expect(copy['name']).toEqual({ en: 'Bed 2', de: 'Bett 2', 'de-CH': 'Schragen', fr: 'Lit' });
    for (const one of [id, copy['id']]) await engine.delete('product', one as string, system);
  });

  it('takes translations out into columns of their own, and in again', async () => {
    const { snapshot } = buildSnapshot(
      Object.entries(OBJECTS).map(([object, text]) => ({
        name: object,
        sources: [parseSource({ file: `objects/${object}.object.yml`, text })],
      })),
      { languages: LANGUAGES },
    );
    if (snapshot === undefined) throw new Error('the objects of the tests are not valid');
    const parts = { engine, snapshot };
    const exported = async (columns: string[] | undefined, ctx = system) => {
      const where = { op: 'eq', field: 'sku', value: 'a' } as const;
      let text = '';
      const options = { object: 'product', format: 'csv', columns, where } as const;
      for await (const part of exportRecords(parts, options, ctx)) text += part;
      return text.split('\r\n').slice(0, 2);
    };
    const columns = ['sku', 'name', 'name:de', 'category.name', 'category.name:de'];
    expect(await exported(columns)).toEqual([columns.join(), 'a,Chair,Stuhl,Seats,Sitze']);
    expect((await exported(undefined))[0]).toContain('name,name:de,name:de-CH,name:fr,notes');
    const german = inLocale('de');
    expect(await exported(['name', 'category.name'], german)).toContain('Stuhl,Sitze');
    const read = async (text: string, ctx = system) => {
      const options = { object: 'product', format: 'csv', key: ['sku'] } as const;
      const bytes = [new TextEncoder().encode(text)];
      const { created, updated, failed } = await importRecords(parts, bytes, options, ctx);
      return [created, updated, failed];
    };
    const text = 'sku,name,name:de,Name (fr)\na,Chair,Sessel,\nn,Nail,Nagel,Clou\n';
    expect(await read(text)).toEqual([1, 1, 0]);
    expect(await read('sku,name\na,Stuhl\n', german)).toEqual([0, 1, 0]);
    expect(await bySku('a', inLocale('*'))).toMatchObject({
      name: { en: 'Chair', de: 'Stuhl', fr: 'Chaise' },
    });
    const nail = await bySku('n', inLocale('fr'));
    expect(nail['name']).toBe('Clou');
    const byName = { by: ['name'] };
    await Promise.all([
      expect(exported(['name:xx'])).rejects.toMatchObject({ code: 'unknown_field' }),
      expect(exported(['name:de'], german)).rejects.toMatchObject({ code: 'invalid_parameter' }),
      expect(read('name:xx\na\n')).rejects.toMatchObject({ code: 'import_column_unknown' }),
      expect(engine.upsert('category', { name: 'Sitze' }, german, byName)).rejects.toThrow(),
    ]);
    await engine.delete('product', nail['id'] as string, system);
  });

  it('opens no field and no row that is closed, in any language', async () => {
    const ctx = user({ tenantId: null });
    const { id } = await engine.insert('product', { name: 'Safe', 'notes:de': 'Geheim' }, system);
    for (const locale of ['de', '*']) {
      const seen = await engine.get('product', id as string, inLocale(locale, ctx));
      expect(JSON.stringify(seen)).not.toContain('Geheim');
      expect(Object.keys(seen)).not.toContain('notes');
    }
    const where = { op: 'contains', field: 'notes', value: 'G' } as const;
    const refused = { code: 'unknown_field' };
    const change = (data: object, by: ExecutionContext) =>
      engine.update('product', id as string, { ...data }, by);
    await Promise.all([
      expect(engine.find('product', { where }, inLocale('de', ctx))).rejects.toMatchObject(refused),
      expect(change({ 'notes:de': 'a' }, ctx)).rejects.toMatchObject(refused),
      expect(change({ notes: 'a' }, inLocale('de', ctx))).rejects.toMatchObject(refused),
      expect(change({ notes__i18n: { de: 'a' } }, system)).rejects.toMatchObject(refused),
    ]);
    // The policy hides by the name itself, however it reads in the language that is asked for.
    await change({ name: 'Hidden', 'name:de': 'Offen' }, system);
    for (const locale of ['de', '*']) {
      const { records } = await engine.find('product', {}, inLocale(locale, ctx));
      expect(records.map((record) => record['id'])).not.toContain(id);
    }
    await engine.delete('product', id as string, system);
  });
});
