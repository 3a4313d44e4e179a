import { describe, expect, it } from 'vitest';
import {
  buildSnapshot,
  formatProblems,
  parseSource,
  type MetadataSnapshot,
} from '../../src/index.js';
import { account, build, buildLayers, snapshotOf } from './support.js';

const objectOf = (snapshot: MetadataSnapshot, name = 'account') =>
  snapshot.items.get('object')?.get(name);

const view = (label: string) => ({
  'views/account.view.yml': `object: account\nlist:\n  label: ${label}\n  columns: [name]\n`,
});
const labelOf = (snapshot: MetadataSnapshot) =>
  (snapshot.items.get('view')?.get('account')?.value['list'] as { label: string }).label;

describe('extensions', () => {
  it('add to an object of a lower layer, and it is remembered who said what', () => {
    const snapshot = snapshotOf({
      'plugin:base': { 'base/account.object.yml': account },
      app: {
        'objects/more.object.yml':
          'extend: account\nlabel: Customer\nfields:\n  code: { type: text, unique: true }\n  name: { maxLength: 9, type: text }\n',
      },
    });
    const meta = snapshot.objects.get('account');
    expect(meta?.label).toBe('Customer');
    expect([...(meta?.fields.keys() ?? [])].slice(0, 3)).toEqual(['id', 'name', 'code']);
    expect(meta?.fields.get('name')?.definition).toEqual({ type: 'text', maxLength: 9 });
    const item = objectOf(snapshot);
    expect(item).toMatchObject({ layer: 'app', position: { file: 'base/account.object.yml' } });
    const at = (line: number, column: number) => ({
      layer: 'app',
      file: 'objects/more.object.yml',
      line,
      column,
    });
    expect(Object.fromEntries(item?.origins ?? [])).toEqual({
      label: at(2, 1),
      'fields.code.type': at(4, 11),
      'fields.code.unique': at(4, 23),
      'fields.name.maxLength': at(5, 11),
      'fields.name.type': at(5, 25),
    });
  });

  it('of one layer apply by priority, whatever their file is called', () => {
    const extension = (label: string, priority?: number) =>
      `extend: account\n${priority === undefined ? '' : `priority: ${priority}\n`}label: ${label}\n`;
    const snapshot = snapshotOf({
      app: {
        'objects/a.yml': extension('Last', 900),
        'objects/account.yml': account,
        'objects/b.yml': extension('First', 1),
        'objects/c.yml': extension('Usual'),
      },
    });
    expect(snapshot.objects.get('account')?.label).toBe('Last');
  });

  it('add rules and indexes, and replace those of the same name', () => {
    const rule = (name: string, message: string) =>
      `  - { name: ${name}, type: script, condition: 'false', message: ${message} }\n`;
    const snapshot = snapshotOf({
      'plugin:base': {
        'base/account.object.yml': `${account}compactLayout: [name]\nvalidations:\n${rule('one', 'old')}${rule('two', 'old')}`,
      },
      app: {
        'objects/x.yml': `extend: account\ncompactLayout: [id]\nvalidations:\n${rule('two', 'new')}${rule('three', 'new')}`,
      },
    });
    const value = objectOf(snapshot)?.value as {
      validations: { name: string; message: string }[];
      compactLayout: string[];
    };
    expect(value.validations.map(({ name, message }) => `${name} ${message}`)).toEqual([
      'one old',
      'two new',
      'three new',
    ]);
    // Other lists are replaced: their order belongs to one author.
    expect(value.compactLayout).toEqual(['id']);
  });

  it.each([
    ['a wrong field', 'extend: account\nfields:\n  x: { type: nmber }\n', ':3:14', 'number'],
    ['an unknown key', 'extend: account\nlabell: X\n', ':2:1', 'label'],
    ['a wrong priority', 'extend: account\npriority: high\n', ':2:11', 'priority'],
    ['another name', 'extend: account\nname: other\n', ':2:1', 'name'],
    ['no name', 'extend: 5\n', ':1:9', 'extend'],
    ['null as a way to remove', 'extend: account\nlabel: null\n', ':2:8', 'label'],
  ])('with %s are told where that stands', (_name, text, position, about) => {
    const { problems } = build({ 'objects/account.yml': account, 'objects/x.yml': text });
    expect(problems.map((problem) => problem.position.file)).toEqual(['objects/x.yml']);
    expect(formatProblems(problems)).toContain(`objects/x.yml${position}  `);
    expect(formatProblems(problems)).toContain(about);
  });

  it('do not hide what is wrong without them, nor tell it twice', () => {
    const { problems } = build({
      'objects/account.yml': 'label: 5\nfields:\n  name: { type: text }\n',
      'objects/x.yml': 'extend: account\nlabel: Customer\n',
    });
    expect(problems.map((problem) => problem.position.file)).toEqual(['objects/account.yml']);
  });

  it('reach the object of a higher layer only from there', () => {
    const layers = {
      'plugin:base': { 'base/x.object.yml': 'extend: account\nlabel: X\n' },
      app: { 'objects/account.yml': account },
    };
    expect(formatProblems(buildLayers(layers).problems)).toContain('no lower layer defines');
  });
});

describe('layers', () => {
  it('lie over each other in their order, however they are given', () => {
    const layers = {
      runtime: { 'r.view.yml': 'name: account\nlist: { label: Runtime }\n' },
      app: { ...view('App'), 'objects/account.yml': account },
      'plugin:a': view('Plugin'),
      system: view('System'),
    };
    const snapshot = snapshotOf(layers);
    expect(labelOf(snapshot)).toBe('Runtime');
    const replaced = snapshot.notices.filter((notice) => notice.code === 'replaced');
    expect(replaced.map((notice) => notice.message)).toEqual([
      'The view "account" of plugin:a replaces the one of system.',
      'The view "account" of app replaces the one of plugin:a.',
    ]);
  });

  it('change single keys at run time: lists are replaced, null removes', () => {
    const snapshot = snapshotOf({
      app: {
        'objects/account.yml':
          'label: Account\npluralLabel: Lots\ncompactLayout: [name, id]\nfields:\n  name: { type: text, maxLength: 5 }\n  code: { type: text }\n',
      },
      runtime: {
        'account.object.yml':
          'name: account\nlabel: Client\npluralLabel: null\ncompactLayout: [id]\nfields:\n  name: { maxLength: 7 }\n',
      },
    });
    const item = objectOf(snapshot);
    expect(item?.value).toEqual({
      name: 'account',
      label: 'Client',
      compactLayout: ['id'],
      fields: { name: { type: 'text', maxLength: 7 }, code: { type: 'text' } },
    });
    expect(item?.layer).toBe('runtime');
    expect(item?.origins.get('pluralLabel')).toEqual({
      layer: 'runtime',
      file: 'account.object.yml',
      line: 3,
      column: 1,
    });
  });

  it('tell a change at run time that makes a definition invalid where it was made', () => {
    const { problems } = buildLayers({
      app: { 'objects/account.yml': account },
      runtime: { 'account.object.yml': 'name: account\nfields:\n  name: { type: nothing }\n' },
    });
    expect(formatProblems(problems)).toContain('account.object.yml:3:17  ');
  });

  it.each([
    ['one layer', { app: { ...view('A'), 'more/account.view.yml': 'object: account\n' } }],
    ['two plugins', { 'plugin:a': view('A'), 'plugin:b': view('B') }],
    [
      'run time, twice',
      {
        app: view('A'),
        runtime: { 'a.view.yml': 'name: account\n', 'b.view.yml': 'name: account\n' },
      },
    ],
    [
      'an object of a plugin and one of the application',
      { 'plugin:a': { 'lead.object.yml': account }, app: { 'lead.object.yml': account } },
    ],
  ])('refuse what is defined twice: %s', (_name, layers) => {
    const { problems } = buildLayers({ system: { 'objects/account.yml': account }, ...layers });
    expect(problems.map((problem) => problem.code)).toContain('duplicate_definition');
  });

  it('have one version whatever the order of the files, and another one for other content', () => {
    const files = { 'objects/account.yml': account, 'objects/b.yml': account };
    const turned = Object.fromEntries(Object.entries(files).reverse());
    const version = snapshotOf({ app: files }).version;
    expect(snapshotOf({ app: turned }).version).toBe(version);
    const other = { ...files, 'objects/b.yml': `${account}  x: { type: text }\n` };
    expect(snapshotOf({ app: other }).version).not.toBe(version);
  });

  it('accept what waits for a plugin, visibly and where it stands', () => {
    const files = {
      'objects/account.yml': `sharingModel: private\n${account}  code: { type: vector, vectorConfig: { dimensions: 2, distanceMetric: cosine } }\n  pin: { type: secret }\n`,
      'roles/boss.yml': 'label: Boss\n',
    };
    const told = (snapshot: MetadataSnapshot) =>
      snapshot.notices.map(
        ({ position: { file, line, column }, message }) => `${file}:${line}:${column} ${message}`,
      );
    expect(told(snapshotOf({ app: files }))).toEqual([
      expect.stringMatching(/^objects\/account.yml:1:1 object "account": .*@objectos\/permissions/),
      expect.stringMatching(/^roles\/boss.yml:1:1 role "boss": .*@objectos\/permissions/),
      expect.stringMatching(/^objects\/account.yml:6:3 The secret field "account.pin" .*plugins/),
    ]);
    const active = new Set(['@objectos/permissions']);
    const layer = {
      name: 'plugin:p',
      sources: Object.entries(files).map(([file, text]) => parseSource({ file, text })),
    };
    const { snapshot } = buildSnapshot([layer], { activePlugins: active });
    expect(snapshot?.notices).toEqual([]);
  });

  it('accept an older spelling with a notice, and mean the same', () => {
    const snapshot = snapshotOf({
      app: {
        'objects/account.yml': account,
        'objects/b.yml': 'fields:\n  a: { type: lookup, reference_to: account }\n',
      },
    });
    expect(snapshot.objects.get('b')?.fields.get('a')?.reference).toBe('account');
    expect(snapshot.notices).toMatchObject([
      { code: 'legacy_spelling', position: { file: 'objects/b.yml', line: 2 } },
    ]);
  });
});
