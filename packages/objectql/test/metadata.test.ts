import { isObjectOSError } from '@objectos/spec/errors';
import { afterEach, describe, expect, it } from 'vitest';
import { createObjectQL as createIsomorphic } from '../src/object-ql.js';
import { createObjectQL } from '../src/index.node.js';
import { buildSnapshot, formatProblems, parseSource, type MetadataProblem } from '../src/index.js';
import { SqlDriver } from '@objectql/driver-sql';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openEngine, system } from './engine/support.js';

function build(
  files: Readonly<Record<string, string>>,
  more: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
) {
  const layer = (name: string, texts: Readonly<Record<string, string>>) => ({
    name,
    sources: Object.entries(texts).map(([file, text]) => parseSource({ file, text })),
  });
  return buildSnapshot([
    layer('app', files),
    ...Object.entries(more).map(([name, texts]) => layer(name, texts)),
  ]);
}

function lines(problems: readonly MetadataProblem[]): string {
  return formatProblems(problems);
}

const account = 'label: Account\nfields:\n  name: { type: text }\n';

describe('what is wrong with metadata', () => {
  it('is told as a whole, with file, line, column and the name that was meant', () => {
    const { problems, snapshot } = build({
      'objects/account.object.yml': account,
      'objects/contact.object.yml': [
        'label: Contact',
        'fields:',
        '  name: { type: text, maxLenght: 5 }',
        '  account: { type: lookup, reference: acount }',
      ].join('\n'),
      'objects/lead.object.yml': 'fields:\n  account: { type: lookup, reference: acount }\n',
    });
    expect(snapshot).toBeUndefined();
    const text = lines(problems);
    expect(text).toContain('objects/contact.object.yml:3:23');
    expect(text).toContain('maxLength');
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a lookup to nowhere',
      {
        'objects/a.object.yml': 'fields:\n  b: { type: lookup, reference: accout }\n',
        'objects/account.object.yml': account,
      },
      'Did you mean "account"?',
    ],
    [
      'an object defined twice',
      { 'objects/account.object.yml': account, 'more/account.object.yml': account },
      'already defined in objects/account.object.yml:1:1',
    ],
    [
      'a circle of master-detail fields',
      {
        'objects/a.object.yml': 'fields:\n  b: { type: master_detail, reference: b }\n',
        'objects/b.object.yml': 'fields:\n  a: { type: master_detail, reference: a }\n',
      },
      'a -> b -> a',
    ],
    [
      'a detail of itself',
      { 'objects/a.object.yml': 'fields:\n  a: { type: master_detail, reference: a }\n' },
      'a -> a',
    ],
    [
      'a rule about no field',
      {
        'objects/a.object.yml': `${account}validations:\n  - { name: r, type: script, condition: 'nmae = "x"' }\n`,
      },
      'Did you mean "name"?',
    ],
    [
      'a rule that does not parse',
      {
        'objects/a.object.yml': `${account}validations:\n  - { name: r, type: script, condition: 'name = ' }\n`,
      },
      'formula_invalid',
    ],
    [
      'an index on no field',
      { 'objects/a.object.yml': `${account}indexes:\n  - { fields: [nmae] }\n` },
      'field_unknown',
    ],
    [
      'a default that is no value',
      { 'objects/a.object.yml': 'fields:\n  n: { type: number, defaultValue: many }\n' },
      'default_invalid',
    ],
    ['a name of the system', { 'objects/sys_a.object.yml': account }, 'reserved_object_name'],
    [
      'a state that is no option',
      {
        'objects/a.object.yml':
          'fields:\n  s: { type: select, options: [{ value: new }] }\nvalidations:\n  - { name: r, type: state_machine, field: s, transitions: { nwe: [new] } }\n',
      },
      'Did you mean "new"?',
    ],
    [
      'an app that shows no object',
      {
        'apps/a.app.yml':
          'label: A\nnavigation:\n  - { type: object, id: x, label: X, objectName: nothing }\n',
      },
      'reference_unknown',
    ],
    [
      'a view of an unknown field',
      {
        'objects/account.object.yml': account,
        'views/account.view.yml': 'object: account\nlist:\n  columns: [nmae]\n',
      },
      'field_unknown',
    ],
    [
      'a truncated file',
      { 'objects/a.object.yml': 'label: A\nfields:\n  name: { type: te' },
      'objects/a.object.yml:3',
    ],
    [
      'an alias bomb',
      {
        'objects/a.object.yml': `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\n`,
      },
      'objects/a.object.yml',
    ],
    [
      'a reserved key',
      { 'objects/a.object.yml': `${account}__proto__: { a: 1 }\n` },
      'reserved_key',
    ],
  ])('names %s', (_name, files, expected) => {
    const { problems } = build(files);
    expect(lines(problems)).toContain(expected);
  });

  it('never crashes on any beginning of a file', () => {
    const text = `${account}indexes:\n  - { fields: [name] }\nvalidations:\n  - { name: r, type: script, condition: 'ISBLANK(name)' }\n`;
    for (let length = 0; length < text.length; length += 1) {
      const built = build({ 'objects/a.object.yml': text.slice(0, length) });
      expect(built.snapshot === undefined).toBe(built.problems.length > 0);
    }
  });
});

describe('layers', () => {
  it('extend an object of a plugin, and remember who said what', () => {
    const { snapshot, problems } = buildSnapshot([
      {
        name: 'plugin:base',
        sources: [parseSource({ file: 'base/account.object.yml', text: account })],
      },
      {
        name: 'app',
        sources: [
          parseSource({
            file: 'objects/more.object.yml',
            text: 'extend: account\nlabel: Customer\nfields:\n  code: { type: text, unique: true }\n',
          }),
        ],
      },
    ]);
    expect(lines(problems)).toBe('');
    const meta = snapshot?.objects.get('account');
    expect(meta?.label).toBe('Customer');
    expect([...(meta?.fields.keys() ?? [])].slice(0, 3)).toEqual(['id', 'name', 'code']);
    expect(snapshot?.items.get('object')?.get('account')?.origins.get('label')).toMatchObject({
      layer: 'app',
      file: 'objects/more.object.yml',
    });
  });

  it('say when an extension has nothing to extend', () => {
    const { problems } = build({
      'objects/account.object.yml': account,
      'objects/x.object.yml': 'extend: acount\nlabel: X\n',
    });
    expect(lines(problems)).toContain('Did you mean "account"?');
  });

  it('have the same version whatever the order of the files, and another one for other content', () => {
    const files = { 'objects/account.object.yml': account, 'objects/b.object.yml': account };
    const turned = Object.fromEntries(Object.entries(files).reverse());
    const version = build(files).snapshot?.version;
    expect(version).toBe(build(turned).snapshot?.version);
    expect(version).not.toBe(
      build({ ...files, 'objects/b.object.yml': `${account}  x: { type: text }\n` }).snapshot
        ?.version,
    );
  });

  it('accept what waits for a plugin, visibly', () => {
    const { snapshot } = build({
      'objects/account.object.yml': `${account}  total: { type: formula, expression: '1' }\n`,
      'roles/boss.role.yml': 'label: Boss\n',
    });
    expect(snapshot?.notices.map((notice) => notice.message).join('\n')).toMatch(
      /@objectos\/permissions[\s\S]*account.total|account.total[\s\S]*@objectos\/permissions/,
    );
  });
});

describe('loading', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectql-load-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps the metadata in force when the new one is wrong', async () => {
    const engine = await openEngine({ objects: { account: account } });
    const broken = engine.loadSources([{ file: 'objects/a.object.yml', text: 'fields: 5\n' }]);
    const error: unknown = await broken.catch((reason: unknown) => reason);
    expect(isObjectOSError(error, 'metadata_invalid') && error.details['problems']).toHaveLength(1);
    expect(await engine.count('account', {}, system)).toBe(0);
    await engine.close();
  });

  it('adds fields to existing tables, and refuses to change the type of data', async () => {
    const engine = await openEngine({ objects: { account: account } });
    await engine.insert('account', { name: 'A' }, system);
    await engine.loadSources([
      { file: 'objects/account.object.yml', text: `${account}  size: { type: number }\n` },
    ]);
    expect(await engine.find('account', {}, system)).toMatchObject({
      records: [{ name: 'A', size: null }],
    });
    const changed = engine.loadSources([
      { file: 'objects/account.object.yml', text: 'fields:\n  name: { type: boolean }\n' },
    ]);
    await expect(changed).rejects.toMatchObject({ code: 'destructive_schema_change' });
    expect(await engine.find('account', {}, system)).toMatchObject({ records: [{ name: 'A' }] });
    await engine.close();
  });

  it('reads files by patterns on Node, and says that it cannot elsewhere', async () => {
    mkdirSync(path.join(folder, 'objects/deep'), { recursive: true });
    writeFileSync(path.join(folder, 'objects/deep/account.yml'), account);
    const before = process.cwd();
    const objectql = createObjectQL({ driver: new SqlDriver({ url: ':memory:' }) });
    process.chdir(folder);
    try {
      expect((await objectql.loadMetadata('./objects/**/*.yml')).objects).toEqual(['account']);
    } finally {
      process.chdir(before);
    }
    await objectql.close();
    const elsewhere = createIsomorphic({ driver: new SqlDriver({ url: ':memory:' }) });
    await expect(elsewhere.loadMetadata('x')).rejects.toMatchObject({
      code: 'driver_capability_missing',
    });
  });
});
