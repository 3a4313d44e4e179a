import { describe, expect, it } from 'vitest';
import { formatProblems } from '../../src/index.js';
import { METADATA_LIMITS } from '../../src/metadata/limits.js';
import { problemCatalogue, type ProblemCode } from '../../src/metadata/problem-catalogue.js';
import { account, build, buildLayers, type Files } from './support.js';

interface Case {
  readonly name: string;
  readonly files: Files;
  /** `file:line:column` and a part of the text. */
  readonly tells: string;
  /** Another part: the hint, or the name that was meant. */
  readonly and?: string;
  /** Of another plugin; then `files` are those of a plugin that is loaded after it. */
  readonly base?: Files;
}

const object = (text: string): Files => ({ 'objects/a.object.yml': text });
const withRule = (rule: string) =>
  object(
    `fields:\n  name: { type: text }\n  s: { type: select, options: [{ value: new }] }\nvalidations:\n  - ${rule}\n`,
  );
const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
for (let at = 0; at < 6; at += 1) {
  const [lower, letter] = ['abcdef'.charAt(at), 'bcdefg'.charAt(at)];
  bomb.push(`${letter}: &${letter} [${`*${lower},`.repeat(9)}]`);
}

const cases: Record<ProblemCode, readonly Case[]> = {
  file_too_large: [
    {
      name: 'a huge file',
      files: object(`# ${'x'.repeat(METADATA_LIMITS.fileBytes)}\n${account}`),
      tells: 'objects/a.object.yml:1:1  The file has 26',
    },
  ],
  file_not_text: [
    { name: 'a zero byte', files: object('label: a\0b\n'), tells: ':1:9', and: 'zero byte' },
    { name: 'bytes of another encoding', files: object('a: \uFFFD\n'), tells: ':1:4' },
  ],
  file_empty: [
    { name: 'an empty file', files: object(''), tells: ':1:1', and: 'delete it' },
    { name: 'a file of comments', files: object('# nothing yet\n'), tells: 'objects/a.object.yml' },
  ],
  file_extension: [
    { name: 'another kind of file', files: { 'objects/a.txt': account }, tells: '".txt" is not' },
  ],
  type_unknown: [
    {
      name: 'a file that nothing says what it is',
      files: { 'object/account.yml': account },
      tells: 'object/account.yml:1:1',
      and: 'Did you mean "objects/"?',
    },
  ],
  syntax: [
    {
      name: 'a truncated file',
      files: object('label: A\nfields:\n  name: { type: te'),
      tells: ':3:',
      and: 'saved half',
    },
    {
      name: 'a truncated JSON file',
      files: { 'objects/a.object.json': '{"label": "A", "fields": {' },
      tells: 'not valid JSON',
    },
  ],
  not_a_mapping: [
    { name: 'a list', files: object('- a\n- b\n'), tells: ':1:1', and: 'this is a list' },
    { name: 'half a word', files: object('lab'), tells: 'the string "lab"' },
  ],
  duplicate_key: [
    {
      name: 'a key that occurs twice',
      files: object(`${account}label: B\n`),
      tells: ':4:1',
      and: 'the first is in line 1',
    },
  ],
  reserved_key: [
    { name: '__proto__', files: object(`${account}__proto__: { a: 1 }\n`), tells: ':4:1' },
    {
      name: '__proto__ in JSON',
      files: { 'objects/a.object.json': '{"fields": {"__proto__": {"type": "text"}}}' },
      tells: ':1:13',
    },
  ],
  key_not_text: [
    { name: 'a list as a key', files: object('? [a, b]\n: c\n'), tells: 'a list, a mapping' },
  ],
  unknown_tag: [
    { name: 'a tag', files: object('label: !!js/function x\n'), tells: ':1:8', and: 'quotes' },
  ],
  alias_invalid: [
    { name: 'an alias to nothing', files: object('label: *nothing\n'), tells: '"*nothing"' },
    { name: 'an endless alias', files: object('fields: &f { x: *f }\n'), tells: 'contains itself' },
  ],
  merge_key: [
    { name: 'a merge key', files: object('a: &a { b: 1 }\n<<: *a\n'), tells: ':2:1', and: 'out' },
  ],
  number_invalid: [{ name: 'no number', files: object('label: .inf\n'), tells: '.inf is not' }],
  too_deep: [
    {
      name: 'a file that is deep',
      files: object(`fields: ${'['.repeat(100)}${']'.repeat(100)}\n`),
      tells: `More than ${METADATA_LIMITS.depth}`,
    },
  ],
  too_many: [
    { name: 'a YAML bomb', files: object(`${bomb.join('\n')}\n`), tells: 'aliases' },
    {
      name: 'documents without end',
      files: object('---\nname: a\n'.repeat(METADATA_LIMITS.documents + 1)),
      tells: 'documents',
    },
  ],
  name_missing: [
    {
      name: 'two definitions of which one has no name',
      files: object(`name: a\n${account}---\n${account}`),
      tells: ':6:1',
    },
  ],
  unknown_key: [
    {
      name: 'a misspelled key',
      files: object('fields:\n  name: { type: text, maxLenght: 5 }\n'),
      tells: ':2:23',
      and: 'maxLength',
    },
  ],
  invalid_value: [
    { name: 'fields that are none', files: object('fields: 5\n'), tells: ':1:9' },
    {
      name: 'a type that does not exist',
      files: object('fields:\n  name: { type: txt }\n'),
      tells: ':2:17',
      and: 'text',
    },
  ],
  default_invalid: [
    {
      name: 'a default that is no value',
      files: object('fields:\n  n: { type: number, defaultValue: many }\n'),
      tells: ':2:36',
    },
  ],
  range_empty: [
    {
      name: 'a range without values',
      files: object('fields:\n  n: { type: number, min: 5, max: 4 }\n'),
      tells: ':2:27  No value fits "a.n"',
    },
  ],
  formula_invalid: [
    {
      name: 'a condition that does not parse',
      files: withRule(`{ name: r, type: script, condition: 'name = ' }`),
      tells: ':5:41',
    },
    {
      name: 'a condition over no field',
      files: withRule(`{ name: r, type: script, condition: 'nmae = "x"' }`),
      tells: 'Did you mean "name"?',
    },
  ],
  duplicate_definition: [
    {
      name: 'an object defined twice',
      files: { 'more/account.object.yml': account, 'objects/account.object.yml': account },
      tells: 'objects/account.object.yml:1:1',
      and: 'already defined in more/account.object.yml:1:1',
    },
  ],
  reserved_object_name: [
    { name: 'a name of the system', files: { 'objects/sys_a.yml': account }, tells: '"sys_"' },
  ],
  extend_unknown: [
    {
      name: 'an extension of nothing',
      files: { 'objects/account.yml': account, 'objects/x.yml': 'extend: acount\nlabel: X\n' },
      tells: 'objects/x.yml:1:9',
      and: 'Did you mean "account"?',
    },
  ],
  extension_loosens: [
    {
      name: 'a plugin that opens the object of another',
      base: { 'objects/account.yml': account },
      files: { 'objects/x.yml': 'extend: account\nsharingModel: public_read\n' },
      tells: 'objects/x.yml:2:15  The plugin "guest" may not change "sharingModel"',
      and: 'Write the change into the application',
    },
  ],
  reference_unknown: [
    {
      name: 'a lookup to nowhere',
      files: {
        ...object('fields:\n  b: { type: lookup, reference: accout }\n'),
        'objects/account.yml': account,
      },
      tells: ':2:33',
      and: 'Did you mean "account"?',
    },
    {
      name: 'an app that shows no object',
      files: {
        'apps/a.app.yml':
          'label: A\nnavigation:\n  - { type: object, id: x, label: X, objectName: nothing }\n',
      },
      tells: 'apps/a.app.yml:3:50',
    },
    {
      name: 'a rule of no object',
      files: {
        'objects/account.yml': account,
        'validations/r.yml': `object: acount\ntype: script\ncondition: 'true'\n`,
      },
      tells: 'validations/r.yml:1:9',
      and: 'Did you mean "account"?',
    },
  ],
  field_unknown: [
    {
      name: 'an index on no field',
      files: object(`${account}indexes:\n  - { fields: [nmae] }\n`),
      tells: ':5:16',
    },
    {
      name: 'a view of no field',
      files: {
        'objects/account.yml': account,
        'views/account.yml': 'object: account\nlist:\n  columns: [nmae]\n',
      },
      tells: 'views/account.yml:3:13',
      and: 'Did you mean "name"?',
    },
  ],
  summary_invalid: [
    {
      name: 'a summary of an object that does not point here',
      files: {
        'objects/a.object.yml':
          'fields:\n  n: { type: summary, summaryOperations: { object: b, function: count } }\n',
        'objects/b.object.yml': 'fields:\n  name: { type: text }\n',
      },
      tells: 'objects/a.object.yml:2:',
      and: '"b" has no relation to "a"',
    },
    {
      name: 'a summary over two relations',
      files: object(
        'fields:\n  p: { type: lookup, reference: a }\n  q: { type: lookup, reference: a }\n  n: { type: summary, summaryOperations: { object: a, function: count } }\n',
      ),
      tells: '"p" and "q" both lead here',
    },
    {
      name: 'a sum of text',
      files: object(
        'fields:\n  p: { type: lookup, reference: a }\n  t: { type: text }\n  n: { type: summary, summaryOperations: { object: a, function: sum, field: t } }\n',
      ),
      tells: '"t" has no sum',
    },
  ],
  computed_cycle: [
    {
      name: 'a roll-up of a formula of the roll-up',
      files: object(
        'fields:\n  p: { type: lookup, reference: a }\n  x: { type: summary, summaryOperations: { object: a, function: sum, field: y } }\n  y: { type: formula, expression: x + 1, returnType: number, scale: 0 }\n',
      ),
      tells: 'a.x -> a.y -> a.x',
    },
    {
      name: 'formulas that read each other',
      files: object(
        'fields:\n  x: { type: formula, expression: y + 1, returnType: number }\n  y: { type: formula, expression: x - 1, returnType: number }\n',
      ),
      tells: 'objects/a.object.yml:2:3',
      and: 'a.x -> a.y -> a.x',
    },
  ],
  field_kind: [
    {
      name: 'a path over what is no lookup',
      files: {
        'objects/account.yml': account,
        'views/account.yml': 'object: account\nlist:\n  columns: [name.first]\n',
      },
      tells: 'needs a lookup, but "name" is of type text',
    },
  ],
  item_unknown: [
    {
      name: 'an app that shows no dashboard',
      files: {
        'apps/a.yml':
          'label: A\nnavigation:\n  - { type: dashboard, id: x, label: X, dashboardName: nothing }\n',
      },
      tells: 'the dashboard "nothing", which does not exist',
    },
  ],
  value_unknown: [
    {
      name: 'a state that is no option',
      files: withRule(`{ name: r, type: state_machine, field: s, transitions: { nwe: [new] } }`),
      tells: ':5:62',
      and: 'Did you mean "new"?',
    },
    {
      name: 'a next state that is no option',
      files: withRule(`{ name: r, type: state_machine, field: s, transitions: { new: [neww] } }`),
      tells: ':5:68',
      and: 'Did you mean "new"?',
    },
  ],
  master_detail_cycle: [
    {
      name: 'a circle of details',
      files: {
        'objects/a.yml': 'fields:\n  b: { type: master_detail, reference: b }\n',
        'objects/b.yml': 'fields:\n  a: { type: master_detail, reference: a }\n',
      },
      tells: 'a -> b -> a',
    },
    {
      name: 'a detail of itself',
      files: object('fields:\n  a: { type: master_detail, reference: a }\n'),
      tells: 'a -> a',
    },
  ],
  required_cycle: [
    {
      name: 'records that need each other first',
      files: {
        'objects/a.yml': 'fields:\n  b: { type: lookup, reference: b, required: true }\n',
        'objects/b.yml': 'fields:\n  a: { type: master_detail, reference: a }\n',
      },
      tells: 'no first record can be made: a -> b -> a',
    },
    {
      name: 'a record that needs another one like it',
      files: object('fields:\n  a: { type: lookup, reference: a, required: true }\n'),
      tells: 'a -> a',
    },
  ],
  relation_name_taken: [
    {
      name: 'an inverse name that is a field',
      files: object(
        'fields:\n  name: { type: text }\n  up: { type: lookup, reference: a, inverse: name }\n',
      ),
      tells: ':3:46',
    },
    {
      name: 'two relations of one name',
      files: object(
        'fields:\n  x: { type: lookup, reference: a, inverse: all }\n  y: { type: lookup, reference: a, inverse: all }\n',
      ),
      tells: '"a.y" calls its records "all"',
    },
    {
      name: 'the field beside a polymorphic lookup',
      files: {
        ...object(
          'fields:\n  on: { type: lookup, reference: [a, b] }\n  on_object: { type: text }\n',
        ),
        'objects/b.object.yml': account,
      },
      tells: '"on_object"',
    },
  ],
  inverse_of_list: [
    {
      name: 'an inverse of a list of ids',
      files: object(
        'fields:\n  all: { type: lookup, reference: a, multiple: true, inverse: back }\n',
      ),
      tells: '"a.all" holds a list of ids',
      and: 'many_to_many',
    },
  ],
  membership_field: [
    {
      name: 'a membership whose object does not lead to the record',
      files: {
        ...object(
          'fields: { name: { type: text } }\nmembership: { object: tie, record: person, organization: organization }\n',
        ),
        'objects/organization.object.yml': account,
        'objects/tie.object.yml':
          'fields:\n  person: { type: text }\n  organization: { type: lookup, reference: organization }\n',
      },
      tells: 'The membership of "a" needs a lookup of "tie" to "a", and "person" is none.',
      and: 'Name the field of "tie"',
    },
  ],
  link_object: [
    {
      name: 'links that do not point to both ends',
      files: {
        ...object('fields:\n  bs: { type: many_to_many, reference: b, through: b }\n'),
        'objects/b.object.yml': account,
      },
      tells: '"a.bs" goes through "b"',
    },
    {
      name: 'links of an object with itself that do not say which end is which',
      files: {
        ...object('fields:\n  as: { type: many_to_many, reference: a, through: l }\n'),
        'objects/l.object.yml': 'fields:\n  one: { type: lookup, reference: a }\n',
      },
      tells: '"a.as" goes through "l"',
      and: '"source" and "target"',
    },
  ],
  link_attributes: [
    {
      name: 'attributes of links that are defined elsewhere',
      files: {
        ...object(
          'fields:\n  bs: { type: many_to_many, reference: b, through: l, attributes: { x: { type: text } } }\n',
        ),
        'objects/b.object.yml': account,
        'objects/l.object.yml':
          'fields:\n  a: { type: lookup, reference: a }\n  b: { type: lookup, reference: b }\n',
      },
      tells: '"a.bs" has attributes',
    },
  ],
  delete_behavior: [
    {
      name: 'a required lookup that a delete would empty',
      files: object(
        'fields:\n  a: { type: lookup, reference: a, required: true, deleteBehavior: set_null }\n',
      ),
      tells: ':2:68',
    },
  ],
  duplicate_rule: [
    {
      name: 'a rule defined twice',
      files: {
        ...withRule(`{ name: r, type: script, condition: 'false' }`),
        'validations/r.validation.yml': `object: a\ntype: script\ncondition: 'false'\n`,
      },
      tells: 'validations/r.validation.yml',
      and: 'in objects/a.object.yml:5:13',
    },
  ],
  former_name_exists: [
    {
      name: 'a field that exists',
      files: object('fields:\n  a: { type: text }\n  b: { type: text, renamedFrom: a }\n'),
      tells: ':3:33',
      and: '"a" exists',
    },
  ],
  former_name_twice: [
    {
      name: 'a name that two fields claim',
      files: object(
        'fields:\n  a: { type: text, renamedFrom: x }\n  b: { type: text, renamedFrom: [y, x] }\n',
      ),
      tells: ':3:33',
      and: '"a.b" and "a.a"',
    },
  ],
  index_encrypted: [
    {
      name: 'an index over an encrypted field',
      files: {
        'objects/a.object.yml': [
          'indexes: [{ fields: [pin] }]',
          'fields:',
          '  pin: { type: secret, encrypted: true }',
        ].join('\n'),
      },
      tells: 'index of "a" has "pin"',
    },
  ],
  duplicate_index: [
    {
      name: 'two indexes of one name',
      files: object(
        `${account}indexes:\n  - { name: i, fields: [name] }\n  - { name: i, fields: [id] }\n`,
      ),
      tells: ':6:13',
    },
  ],
};

describe.each(Object.keys(problemCatalogue) as ProblemCode[])('%s', (code) => {
  it.each(cases[code])('names $name', ({ files, tells, and = '', base }) => {
    const { problems, snapshot } =
      base === undefined
        ? build(files)
        : buildLayers({ 'plugin:base': base, 'plugin:guest': files });
    expect(snapshot).toBeUndefined();
    const told = problems.filter((problem) => problem.code === code);
    const text = formatProblems(told);
    expect(text, formatProblems(problems)).toContain(tells);
    expect(text).toContain(and);
    for (const { hint } of told) expect(hint).not.toBe('');
  });
});

describe('problems', () => {
  it('are told as a whole, in the order of a reader', () => {
    const { problems } = build({
      'objects/contact.object.yml':
        'fields:\n  name: { type: text, maxLenght: 5 }\n  b: { type: nmber }\n',
      'objects/account.object.yml': account,
      'objects/lead.object.yml': 'fields:\n  account: { type: lookup, reference: acount }\n',
      'objects/half.object.yml': 'fields: {',
    });
    expect(formatProblems(problems).match(/^\S+:\d+:\d+/gm)).toEqual([
      'objects/contact.object.yml:2:23',
      'objects/contact.object.yml:3:14',
      'objects/half.object.yml:1:10',
      'objects/lead.object.yml:2:39',
    ]);
  });

  it('of one definition do not make what refers to it look wrong', () => {
    const { problems } = build({
      'objects/account.yml': 'fields: 5\n',
      'objects/half.yml': 'fields: {',
      'objects/contact.yml':
        'fields:\n  account: { type: lookup, reference: account }\n  h: { type: lookup, reference: half }\n',
      'objects/more.yml': 'extend: half\nlabel: H\n',
      'views/account.yml': 'object: account\nlist:\n  columns: [anything]\n',
      'views/contact.yml': 'object: contact\nlist:\n  columns: [account.anything]\n',
      'validations/r.yml': `object: account\ntype: script\ncondition: 'anything'\n`,
      'dashboards/d.yml': 'label: 5\n',
      'apps/a.yml':
        'label: A\nnavigation:\n  - { type: dashboard, id: x, label: X, dashboardName: d }\n  - { type: object, id: y, label: Y, objectName: half }\n',
    });
    expect([...new Set(problems.map((problem) => problem.position.file))].sort()).toEqual([
      'dashboards/d.yml',
      'objects/account.yml',
      'objects/half.yml',
    ]);
  });

  it('never crash on any beginning of a file', () => {
    const text = `${account}indexes:\n  - { fields: [name] }\nvalidations:\n  - { name: r, type: script, condition: 'ISBLANK(name)' }\n`;
    for (let length = 0; length < text.length; length += 1) {
      const built = build({ 'objects/a.object.yml': text.slice(0, length) });
      expect(built.snapshot === undefined).toBe(built.problems.length > 0);
    }
  });
});
