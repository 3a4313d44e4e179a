import type { AccessPolicy, RecordData } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { buildSnapshot, parseSource } from '../../src/index.js';
import {
  exportRecords,
  importRecords,
  inferObject,
  readRows,
  type ExportOptions,
  type ImportFailure,
  type ImportOptions,
} from '../../src/transfer/index.js';
import { OBJECTS, openEngine, system, user } from '../engine/support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

const { snapshot } = buildSnapshot([
  {
    name: 'app',
    sources: Object.entries(OBJECTS).map(([name, text]) =>
      parseSource({ file: `objects/${name}.object.yml`, text }),
    ),
  },
]);
if (snapshot === undefined) throw new Error('the objects of the tests are not valid');
const parts = () => ({ engine, snapshot });

async function exported(options: Omit<ExportOptions, 'object'>, object = 'contact', ctx = system) {
  let text = '';
  for await (const part of exportRecords(parts(), { object, ...options }, ctx)) text += part;
  return text;
}

async function imported(text: string, options: Partial<ImportOptions> = {}, ctx = system) {
  const failures: ImportFailure[] = [];
  const report = await importRecords(
    parts(),
    [new TextEncoder().encode(text)],
    { object: 'contact', format: 'csv', onFailure: (one) => void failures.push(one), ...options },
    ctx,
  );
  return { report, failures };
}

const contacts = async (): Promise<RecordData[]> =>
  (await engine.find('contact', { limit: 1_000 }, system)).records;

describe('export', () => {
  it('writes CSV with related fields, lists, and cells that are no formulas', async () => {
    engine = await openEngine();
    const account = await engine.insert('account', { name: 'Acme, Inc.' }, system);
    await engine.insert(
      'contact',
      { name: '=1+1', account: account['id'], tags: ['a', 'b'], born: '2000-01-02', active: false },
      system,
    );
    await engine.insert('contact', { name: 'Bo', tags: ['x;y'] }, system);
    const columns = ['name', 'account.name', 'account', 'tags', 'born', 'active'];
    expect(await exported({ format: 'csv', columns })).toBe(
      'name,account.name,account,tags,born,active\r\n' +
        `'=1+1,"Acme, Inc.",${account['id'] as string},a;b,2000-01-02,false\r\n` +
        'Bo,,,"[""x;y""]",,true\r\n',
    );
    const labelled = await exported({
      format: 'csv',
      columns: ['name', 'account.name'],
      header: 'label',
      limit: 1,
    });
    expect(labelled).toMatch(/^Name,Account Name\r\n'=1\+1,"Acme, Inc\."\r\n$/);
    expect(await exported({ format: 'jsonl', columns: ['name', 'account.name'] })).toBe(
      '{"name":"=1+1","account.name":"Acme, Inc."}\n{"name":"Bo","account.name":null}\n',
    );
  });

  it('pages through everything in the order asked for, and narrows', async () => {
    engine = await openEngine();
    const rows = Array.from({ length: 1_203 }, (_, index) => ({ name: `N${index % 10}` }));
    await engine.insertMany('contact', rows, system);
    const text = await exported({
      format: 'csv',
      columns: ['name'],
      header: 'none',
      orderBy: [{ field: 'name', direction: 'desc' }],
    });
    const names = text.trim().split('\r\n');
    expect(names).toHaveLength(1_203);
    expect(names).toEqual([...names].sort().reverse());
    const where = { op: 'eq', field: 'name', value: 'N3' } as const;
    const narrowed = await exported({ format: 'csv', columns: ['name'], where, limit: 7 });
    expect(narrowed.trim().split('\r\n')).toEqual(['name', ...Array<string>(7).fill('N3')]);
    const none = { op: 'or', args: [] } as const;
    expect(await exported({ format: 'csv', columns: ['name'], where: none })).toBe('name\r\n');
    const marked = await exported({
      format: 'csv',
      columns: ['name'],
      limit: 1,
      byteOrderMark: true,
    });
    expect(marked).toBe('\ufeffname\r\nN0\r\n');
  });

  it('is a permission of its own, and shows only what may be read', async () => {
    const access: AccessPolicy = {
      decide: (principal, _, operation) =>
        operation === 'export' && principal.id !== 'exporter'
          ? { allowed: false, reason: 'no export' }
          : { allowed: true, readable: new Set(['id', 'name']) },
    };
    engine = await openEngine({ access });
    await engine.insert(
      'contact',
      { name: 'A', email: 'a@a.example' },
      { ...system, principal: { ...system.principal, tenantId: 'org-a' } },
    );
    await expect(exported({ format: 'csv' }, 'contact', user())).rejects.toMatchObject({
      code: 'permission_denied',
    });
    const exporter = user({ id: 'exporter' });
    const text = await exported({ format: 'csv' }, 'contact', exporter);
    expect(text.split('\r\n')[0]).toBe('id,name');
    await expect(
      exported({ format: 'csv', columns: ['email'] }, 'contact', exporter),
    ).rejects.toMatchObject({ code: 'unknown_field' });
  });
});

describe('import', () => {
  it('takes back what was exported', async () => {
    engine = await openEngine();
    const account = await engine.insert('account', { name: 'Acme' }, system);
    const values = [
      {
        name: "'=x",
        tags: ['a;b', ' c'],
        account: account['id'],
        seen: '2026-01-02T03:04:05.678Z',
      },
      { name: '-1', tags: ['[x'], accounts: [account['id']], born: '1999-12-31', active: false },
      { name: 'line\r\nbreak, "q"', email: 'a@a.example' },
    ];
    await engine.insertMany('contact', values, system);
    const before = await contacts();
    const csv = await exported({ format: 'csv' });
    const jsonl = await exported({ format: 'jsonl' });
    for (const [format, text] of [
      ['csv', csv],
      ['jsonl', jsonl],
    ] as const) {
      const every = { op: 'and', args: [] } as const;
      await engine.deleteWhere('contact', every, system);
      await engine.emptyTrash('contact', every, system);
      const { report, failures } = await imported(text, { format });
      expect(failures).toEqual([]);
      expect(report).toMatchObject({ row: 3, created: 3, updated: 0, failed: 0 });
      expect(report.ignoredColumns).toContain('created_at');
      const system_fields = ['created_at', 'updated_at'];
      const plain = (records: RecordData[]) =>
        records.map((one) =>
          Object.fromEntries(Object.entries(one).filter(([name]) => !system_fields.includes(name))),
        );
      expect(plain(await contacts())).toEqual(plain(before));
    }
  });

  it('reads cells as the types of their fields, by name or label, with a mapping', async () => {
    engine = await openEngine();
    await engine.insert('account', { name: 'Acme' }, system);
    const text = 'Full name;active;Born;Account.name;junk\nAda;yes;1815-12-10;Acme;x\nBo;0;;;y\n';
    const mapping = { 'Full name': 'name', 'Account.name': 'account.name', junk: null };
    const { report, failures } = await imported(text, { mapping });
    expect(failures).toEqual([]);
    expect(report.ignoredColumns).toEqual(['junk']);
    const [ada, bo] = await contacts();
    expect(ada).toMatchObject({ name: 'Ada', active: true, born: '1815-12-10' });
    expect(ada?.['account']).toEqual(expect.any(String));
    expect(bo).toMatchObject({ active: false, born: null, account: null });
  });

  it('goes on after a failing row, and says of each what is wrong', async () => {
    engine = await openEngine();
    const text =
      'name,active,account.name\nA,true,\n,true,\nC,perhaps,\nD,true,Nobody\nE,true\nF,,\n';
    const { report, failures } = await imported(text);
    expect(report).toMatchObject({ row: 6, created: 2, failed: 4 });
    expect(
      failures.map(({ row, line, error }) => [row, line, (error as { code: string }).code]),
    ).toEqual([
      [2, 3, 'validation_error'],
      [3, 4, 'validation_error'],
      [4, 5, 'validation_error'],
      [5, 6, 'import_row_invalid'],
    ]);
    expect(failures[2]?.error).toMatchObject({
      fieldErrors: [{ field: 'account', code: 'invalid_reference' }],
    });
    expect((await contacts()).map((one) => one['name'])).toEqual(['A', 'F']);
  });

  it('refuses a column that is no field, with a suggestion, before it writes', async () => {
    engine = await openEngine();
    await expect(imported('name,emial\nA,b\n')).rejects.toMatchObject({
      code: 'import_column_unknown',
      params: { suggestion: 'email' },
    });
    expect(await contacts()).toEqual([]);
  });

  it('changes records by key, keeps what empty cells leave out, and may only update', async () => {
    engine = await openEngine();
    await engine.insert('account', { code: 'a', name: 'Old', revenue: 5 }, system);
    const text = 'code,name,revenue\na,New,\nb,Other,7\n';
    const accounts = { object: 'account', key: ['code'] };
    const update = await imported(text, { ...accounts, mode: 'update' });
    expect(update.report).toMatchObject({ created: 0, updated: 1, failed: 1 });
    expect(await engine.count('account', {}, system)).toBe(1);
    const { report } = await imported(text, accounts);
    expect(report).toMatchObject({ created: 1, updated: 1, failed: 0 });
    const { records } = await engine.find('account', {}, system);
    expect(records).toMatchObject([
      { name: 'New', revenue: 5 },
      { name: 'Other', revenue: 7 },
    ]);
    await imported('code,revenue\na,\n', { ...accounts, clearEmpty: true });
    const [first] = (await engine.find('account', {}, system)).records;
    expect(first).toMatchObject({ name: 'New', revenue: null });
  });

  it('finds parents in the same file, whatever the order', async () => {
    engine = await openEngine();
    const text = 'name,parent.name\nChild,Parent\nParent,Grandparent\nGrandparent,\nLost,Nobody\n';
    const { report, failures } = await imported(text, { object: 'account' });
    expect(report).toMatchObject({ created: 3, failed: 1 });
    expect(failures.map((one) => one.row)).toEqual([4]);
  });

  it('rehearses, and leaves nothing', async () => {
    engine = await openEngine();
    const { report } = await imported('name,active\nA,true\nB,no idea\n', { dryRun: true });
    expect(report).toMatchObject({ dryRun: true, created: 1, failed: 1 });
    expect(await contacts()).toEqual([]);
  });

  it('goes on behind a row, and tells how far it is', async () => {
    engine = await openEngine();
    const text = `name\n${Array.from({ length: 450 }, (_, index) => `N${index}\n`).join('')}`;
    const rows: number[] = [];
    await imported(text, { skipRows: 10, onProgress: ({ row }) => void rows.push(row) });
    expect(rows).toEqual([210, 410, 450]);
    expect(await engine.count('contact', {}, system)).toBe(440);
  });

  it('passes the permissions of the principal', async () => {
    const access: AccessPolicy = {
      decide: (_, __, operation) =>
        operation === 'create'
          ? { allowed: false, reason: 'no' }
          : { allowed: true, readable: new Set(['id', 'name']) },
    };
    engine = await openEngine({ access });
    await expect(imported('name\nA\n', {}, user())).rejects.toMatchObject({
      code: 'permission_denied',
    });
    await expect(imported('email\nA\n', {}, user())).rejects.toMatchObject({
      code: 'import_column_unknown',
    });
  });
});

describe('an object inferred from a file', () => {
  it('has types, options, required and unique fields, and names that are free', async () => {
    engine = await openEngine();
    const lines = Array.from({ length: 20 }, (_, index) =>
      [
        ...[`C-${index}`, `Name ${index}`, index % 2 === 0 ? 'Hot' : 'Cold', String(index)],
        ...[`${index}.5`, `2026-01-${String(index + 1).padStart(2, '0')}`, 'yes', `0${index}`],
        ...[`a${index}@a.example`, 'https://a.example', index === 3 ? '' : 'x', String(index)],
      ].join(','),
    );
    const header = 'Code,Full Name,Temp,Count,Price,Day,OK,Zip,E-Mail,Site,Note,id';
    const source = [new TextEncoder().encode(`${header}\n${lines.join('\n')}\n`)];
    const { object, mapping, rows } = await inferObject(
      'lead',
      readRows(source, { format: 'csv' }),
    );
    expect(rows).toBe(20);
    expect(mapping).toMatchObject({
      'Full Name': 'full_name',
      'E-Mail': 'e_mail',
      id: 'external_id',
    });
    expect(object.fields).toMatchObject({
      code: { type: 'text', required: true, unique: true, label: 'Code' },
      full_name: { type: 'text', required: true },
      temp: { type: 'select', options: [{ value: 'Hot' }, { value: 'Cold' }] },
      count: { type: 'number', scale: 0 },
      price: { type: 'number', scale: 1 },
      day: { type: 'date' },
      ok: { type: 'boolean' },
      zip: { type: 'text' },
      e_mail: { type: 'email', unique: true },
      site: { type: 'url' },
      external_id: { type: 'number', scale: 0 },
    });
    expect(object.fields['note']?.required).toBeUndefined();
    expect(object.fields['zip']?.unique).toBeUndefined();
  });
});
