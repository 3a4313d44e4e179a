import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { describeIssues, formats, type MetadataType } from './index.js';

function problems(type: MetadataType, yaml: string): string[] {
  const value: unknown = parse(yaml);
  const { schema } = formats[type];
  const result = schema.safeParse(value);
  if (result.success) return [];
  return describeIssues(result.error, { schema, value }).map(
    (one) => `${one.path.join('.')} [${one.code}, ${one.part}] ${one.message} ${one.hint}`,
  );
}

test('a misspelt key names its neighbour', () => {
  expect(problems('object', 'name: a\nfields: { b: { type: text, maxLenght: 3 } }'))
    .toMatchInlineSnapshot(`
      [
        "fields.b.maxLenght [unknown_key, key] "maxLenght" is not a key of the type "text". Did you mean "maxLength"?",
      ]
    `);
  expect(problems('object', 'name: a\nlable: A\nfields: {}')).toMatchInlineSnapshot(`
    [
      "lable [unknown_key, key] "lable" is not a key of a definition. Did you mean "label"?",
    ]
  `);
});

test('a key of another type says where it belongs', () => {
  expect(problems('object', 'name: a\nfields: { b: { type: boolean, maxLength: 3 } }'))
    .toMatchInlineSnapshot(`
      [
        "fields.b.maxLength [unknown_key, key] "maxLength" is not a key of the type "boolean". It belongs to text, url, email, phone, textarea, markdown, html, richtext, password, secret and code.",
      ]
    `);
});

test('a misspelt type names its neighbour, a missing one is missing', () => {
  expect(problems('object', 'name: a\nfields: { b: { type: txet }, c: {} }'))
    .toMatchInlineSnapshot(`
      [
        "fields.b.type [invalid_value, value] "type" can't be "txet". Did you mean "text"? Allowed: text, url, email, phone, textarea, markdown, html, richtext, password, secret, code, number, percent, currency, slider, progress, rating, date, datetime, time and 27 more.",
        "fields.c.type [missing_key, value] "type" is missing. It must be one of text, url, email, phone, textarea, markdown, html, richtext, password, secret, code, number, percent, currency, slider, progress, rating, date, datetime, time and 27 more.",
      ]
    `);
});

test('an extension is judged as an extension', () => {
  expect(problems('object', 'extend: account\nfields: { b: { type: text, foo: 1 } }'))
    .toMatchInlineSnapshot(`
      [
        "fields.b.foo [unknown_key, key] "foo" is not a key of the type "text". Known keys are type, name, label, description, help, placeholder, hidden, renamedFrom, required, backfill, readonly, defaultValue, unique, index, minLength, maxLength, searchable, pattern and translatable.",
      ]
    `);
  expect(problems('object', 'extend: account\nlabell: x')).toMatchInlineSnapshot(`
    [
      "labell [unknown_key, key] "labell" is not a key of a definition. Did you mean "label"?",
    ]
  `);
});

test('names', () => {
  expect(
    problems(
      'object',
      'name: My Object\nfields: { created_at: { type: date }, Bad: { type: text }, constructor: text }',
    ),
  ).toMatchInlineSnapshot(`
    [
      "name [invalid_value, value] "name" can't be "My Object". Write a name of small letters, digits and "_", like "due_date".",
      "fields.created_at [invalid_key, key] The name "created_at" is a field that the engine adds to every object by itself. Choose another name.",
      "fields.Bad [invalid_key, key] The name "Bad" is not allowed here. Write a name of small letters, digits and "_", like "due_date".",
      "fields.constructor [invalid_key, key] The name "constructor" is a reserved name. Choose another name.",
    ]
  `);
});

test('kinds, sizes and choices', () => {
  expect(
    problems(
      'object',
      `
name: [a]
label: ""
indexes: [{ fields: [] }, { fields: x }]
enable: { trash: maybe, apiMethods: [lst] }
fields: { a: { type: text, maxLength: -1 }, b: { type: number, precision: 1.5 }, c: 5 }
`,
    ),
  ).toMatchInlineSnapshot(`
    [
      "name [invalid_value, value] "name" must be text, but is a list. Write text.",
      "label [invalid_value, value] "label" can't be empty. Correct it, or leave it out.",
      "indexes.0.fields [invalid_value, value] "fields" must have at least 1 item. Correct it, or leave it out.",
      "indexes.1.fields [invalid_value, value] "fields" must be a list, but is text. Write a list.",
      "enable.apiMethods.0 [invalid_value, value] Item 1 of "apiMethods" can't be "lst". Did you mean "list"? Allowed: get, list, create, update, delete, bulk, upsert, clone, restore, aggregate, purge, export and import.",
      "enable.trash [invalid_value, value] "trash" must be true or false, but is text. Write true or false.",
      "fields.a.maxLength [invalid_value, value] "maxLength" must be at least 1. Correct it, or leave it out.",
      "fields.b.precision [invalid_value, value] "precision" must be a whole number, but is the number 1.5. Write a whole number.",
      "fields.c [invalid_value, value] "c" must be a mapping, but is a number. Write a mapping.",
    ]
  `);
});

test('an item that is text or a mapping is judged as what it is', () => {
  expect(problems('view', 'name: v\nobject: o\nlist: { columns: [{ feild: a }, 5, B], filter: 3 }'))
    .toMatchInlineSnapshot(`
      [
        "list.columns.0.field [missing_key, value] "field" is missing. It must be text.",
        "list.columns.0.feild [unknown_key, key] "feild" is not a key of item 1 of "columns". Did you mean "field"?",
        "list.columns.1 [invalid_value, value] Item 2 of "columns" must be text or a mapping, but is a number. Write text or a mapping.",
        "list.columns.2 [invalid_value, value] Item 3 of "columns" can't be "B". Write a field name, or a path like "account.name".",
        "list.filter [invalid_value, value] "filter" must be a list or a mapping, but is a number. Write a list or a mapping.",
      ]
    `);
});

test('a rule inside a rule', () => {
  expect(
    problems(
      'validation',
      'name: r\nobject: o\ntype: conditional\nwhen: a\nthen: { type: format, field: f, regexp: x }',
    ),
  ).toMatchInlineSnapshot(`
    [
      "then.regexp [unknown_key, key] "regexp" is not a key of the type "format". Did you mean "regex"?",
      "then [invalid_value, value] "then" needs either "regex" or "format", and not both. Correct it, or leave it out.",
    ]
  `);
});

test('what no mapping is', () => {
  expect(problems('object', '[]')).toMatchInlineSnapshot(`
    [
      " [invalid_value, value] The definition must be a mapping, but is a list. Write a mapping.",
    ]
  `);
  expect(problems('role', 'null')).toMatchInlineSnapshot(`
    [
      " [invalid_value, value] The definition must be a mapping, but is empty. Write a mapping.",
    ]
  `);
});

test('flows name the node that is missing', () => {
  expect(
    problems(
      'flow',
      'name: f\ntype: api\nnodes: [{ id: a, type: end }, { id: a, type: end }]\nedges: [{ id: e, source: a, target: b }]',
    ),
  ).toMatchInlineSnapshot(`
    [
      "nodes.1.id [invalid_value, value] "id" repeats "a". Correct it, or leave it out.",
      "edges.0.target [invalid_value, value] "target" names the node "b", which this flow does not have. Correct it, or leave it out.",
      "nodes [invalid_value, value] "nodes" need exactly one node of type "start", not 0. Correct it, or leave it out.",
    ]
  `);
});
