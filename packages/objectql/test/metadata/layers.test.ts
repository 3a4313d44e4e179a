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

  const guarded = `sharingModel: public_read
enable: { apiMethods: [get, list], trash: true }
indexes:
  - { name: by_code, fields: [code], unique: true }
validations:
  - { name: short, type: script, condition: 'false', message: m }
fields:
  name: { type: text, required: true }
  code: { type: text, unique: true, readonly: true }
  pin: { type: secret, encrypted: true }
`;
  it.each([
    ['opens its records', 'sharingModel: public_read_write', 'sharingModel', ':2:15'],
    ['lets parents open them', 'sharingModel: controlled_by_parent', 'sharingModel', ':2:15'],
    ['shows what it hides', 'membership: { hides: [] }', 'membership', ':2:13'],
    ['adds a method', 'enable: { apiMethods: [get, delete] }', 'enable.apiMethods', ':2:23'],
    ['turns the trash off', 'enable: { trash: false }', 'enable.trash', ':2:18'],
    ['turns history off', 'enable: { trackHistory: false }', 'enable.trackHistory', ':2:25'],
    ['makes a secret readable', 'fields: { pin: { type: text } }', 'fields.pin.type', ':2:24'],
    ['stores it plainly', 'fields: { pin: { encrypted: false } }', 'pin.encrypted', ':2:29'],
    ['lets clients write', 'fields: { code: { readonly: false } }', 'code.readonly', ':2:29'],
    ['asks for less', 'fields: { name: { required: false } }', 'name.required', ':2:29'],
    [
      'replaces a rule',
      "validations: [{ name: short, type: script, condition: 'true', message: m }]",
      'validations.0',
      ':2:15',
    ],
    ['replaces an index', 'indexes: [{ name: by_code, fields: [code] }]', 'indexes.0', ':2:11'],
  ])('of a plugin that %s are refused by name, and take no part', (_name, text, what, at) => {
    const change = `extend: account\n${text}\n`;
    const { problems } = buildLayers({
      'plugin:base': { 'base/account.object.yml': guarded },
      'plugin:guest': { 'guest/x.object.yml': change },
    });
    expect(problems.map(({ code }) => code)).toEqual(['extension_loosens']);
    const told = formatProblems(problems);
    expect(told).toContain(`guest/x.object.yml${at}  The plugin "guest" may not change`);
    expect(told).toContain(`${what}" of the object "account" (plugin:base)`);
    // The application answers for what it opens; the author of the object for their own.
    for (const layer of ['app', 'plugin:base']) {
      const files = { 'base/account.object.yml': guarded };
      const master = text.includes('parent') ? '\nfields:\n  a: { type: text }\n' : '\n';
      const { problems: none } = buildLayers({
        'plugin:base': layer === 'app' ? files : { ...files, 'base/x.object.yml': change + master },
        ...(layer === 'app' && { app: { 'objects/x.yml': change + master } }),
      });
      expect(none.filter(({ code }) => code === 'extension_loosens')).toEqual([]);
    }
  });

  it('of a plugin may narrow what another plugin brings, and add to it', () => {
    const snapshot = snapshotOf({
      'plugin:base': { 'base/account.object.yml': guarded },
      'plugin:guest': {
        'guest/a.object.yml':
          'extend: account\nsharingModel: private\nenable: { apiMethods: [get] }\nvalidations:\n  - { name: own, type: script, condition: "false", message: m }\nfields:\n  name: { label: Name, readonly: true }\n  pin: { type: secret, encrypted: true, label: PIN }\n  mine: { type: text, required: true }\n',
        'guest/b.object.yml':
          'extend: account\npriority: 200\nfields: { mine: { required: false } }\n',
      },
    });
    expect(objectOf(snapshot)?.value).toMatchObject({
      sharingModel: 'private',
      enable: { apiMethods: ['get'], trash: true },
      fields: { name: { readonly: true, required: true }, mine: { required: false } },
    });
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
