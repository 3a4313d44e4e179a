import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { formats, METADATA_TYPES, normalizeLegacy, type MetadataType } from './index.js';

/** The value in today's spelling, after checking that the input was not touched. */
function normalized(type: MetadataType, yaml: string) {
  const raw: unknown = parse(yaml);
  const before = structuredClone(raw);
  const result = normalizeLegacy(type, raw);
  expect(raw).toEqual(before);
  const { value } = result;
  expect(formats[type].schema.safeParse(value).error?.issues ?? []).toEqual([]);
  return { value, notices: result.notices.map((one) => one.message), result, raw };
}

function field(yaml: string): unknown {
  const { value } = normalized('object', `name: thing\nfields:\n  it: ${yaml}`);
  return (value as { fields: { it: unknown } }).fields.it;
}

test.each([
  ['text', { type: 'text' }],
  ['auto_number', { type: 'autonumber' }],
  ['{ type: checkbox, help_text: Why }', { type: 'boolean', help: 'Why' }],
  ['{ type: object }', { type: 'json' }],
  ['{ type: grid }', { type: 'json' }],
  [
    '{ type: masterDetail, reference_to: account }',
    { type: 'master_detail', reference: 'account' },
  ],
  [
    '{ type: text, min_length: 1, max_length: 9, regex: ^a, default_value: ab }',
    { type: 'text', minLength: 1, maxLength: 9, pattern: '^a', defaultValue: 'ab' },
  ],
  [
    '{ options: [Open, In Progress], defaultValue: In Progress }',
    {
      type: 'select',
      options: [
        { value: 'open', label: 'Open' },
        { value: 'in_progress', label: 'In Progress' },
      ],
      defaultValue: 'in_progress',
    },
  ],
  [
    '{ type: radio, options: { y: Yes } }',
    { type: 'radio', options: [{ value: 'y', label: 'Yes' }] },
  ],
  [
    '{ type: rollup_summary, summary_object: task, summary_field: hours, summary_type: sum }',
    { type: 'summary', summaryOperations: { object: 'task', field: 'hours', function: 'sum' } },
  ],
  [
    '{ type: formula, formula: a + b, data_type: number, blank_as_zero: true }',
    { type: 'formula', expression: 'a + b', returnType: 'number', blankAs: 'zero' },
  ],
  [
    '{ type: file, accept: ".pdf, image/*", max_size: 100 }',
    {
      type: 'file',
      fileAttachmentConfig: { allowedTypes: ['.pdf'], allowedMimeTypes: ['image/*'], maxSize: 100 },
    },
  ],
  ['{ type: vector, dimension: 3 }', { type: 'vector', vectorConfig: { dimensions: 3 } }],
])('the field %s', (yaml, expected) => {
  expect(field(yaml)).toEqual(expected);
});

test('an object in the old form', () => {
  const { value, notices } = normalized(
    'object',
    `
name: project
plural_label: Projects
display_name_field: title
sharingModel: public_read_only
soft_delete: { enabled: false }
enable: { apiMethods: [get, search, list] }
indexes:
  by_title: { fields: [title], unique: true }
fields:
  - { name: title, type: text }
  - { name: starts, type: date }
  - { name: ends, type: date }
validation:
  rules:
    - name: order
      type: cross_field
      rule: { field: ends, operator: ">=", compare_to: starts }
      message: Too early
`,
  );
  expect(value).toEqual({
    name: 'project',
    pluralLabel: 'Projects',
    nameField: 'title',
    sharingModel: 'public_read',
    enable: { apiMethods: ['get', 'list'], trash: false },
    indexes: [{ name: 'by_title', fields: ['title'], unique: true }],
    fields: {
      title: { name: 'title', type: 'text' },
      starts: { name: 'starts', type: 'date' },
      ends: { name: 'ends', type: 'date' },
    },
    validations: [
      {
        name: 'order',
        type: 'cross_field',
        fields: ['ends'],
        condition: 'NOT(ISBLANK(ends)) AND NOT(ISBLANK(starts)) AND NOT(ends >= starts)',
        message: 'Too early',
      },
    ],
  });
  expect(notices).toContain('"plural_label" is an old spelling of "pluralLabel".');
  expect(notices.some((message) => message.includes('"search"'))).toBe(true);
});

test('positions lead back to what was written', () => {
  const { result } = normalized(
    'object',
    `
name: project
indexes: { by_title: { fields: [title] } }
fields:
  - { name: title, type: text, max_length: 5 }
  - { name: kind, options: [One, Two] }
validation: { rules: [{ name: r, type: script, condition: title }] }
`,
  );
  const { sourcePath } = result;
  expect(sourcePath(['fields', 'title', 'maxLength'])).toEqual(['fields', 0, 'max_length']);
  expect(sourcePath(['fields', 'kind', 'options', 1, 'value'])).toEqual([
    'fields',
    1,
    'options',
    1,
  ]);
  expect(sourcePath(['indexes', 0, 'fields', 0])).toEqual(['indexes', 'by_title', 'fields', 0]);
  expect(sourcePath(['validations', 0, 'condition'])).toEqual([
    'validation',
    'rules',
    0,
    'condition',
  ]);
  expect(sourcePath(['name'])).toEqual(['name']);
  expect(result.notices.find((one) => one.message.includes('max_length'))?.path).toEqual([
    'fields',
    0,
    'max_length',
  ]);
});

test('a new spelling is never overwritten by an old one: the schema refuses the old', () => {
  const raw = { name: 'a', fields: { b: { type: 'lookup', reference: 'x', reference_to: 'y' } } };
  expect(normalizeLegacy('object', raw).value).toEqual(raw);
});

test("the plan's leave request is a workflow word for word", () => {
  const plan = readFileSync(
    new URL('../../test/golden/leave_request.workflow.yml', import.meta.url),
    'utf8',
  );
  const { value, notices, raw } = normalized('workflow', plan);
  expect(notices).toEqual([]);
  expect(value).toEqual(raw);
});

test('a state machine in other spellings', () => {
  const { value } = normalized(
    'workflow',
    `
name: w
object: o
initial: draft
states:
  draft:
    onExit: log
    transitions: { go: { to: done, guards: [{ type: is_owner, params: { a: 1 } }] } }
  done: { final: true, on_enter: [{ type: sendEmail, params: { to: x } }] }
`,
  );
  expect(value).toEqual({
    name: 'w',
    object: 'o',
    states: {
      draft: {
        initial: true,
        on_exit: ['log'],
        transitions: { go: { target: 'done', guards: [{ guard: 'is_owner', with: { a: 1 } }] } },
      },
      done: { final: true, on_enter: [{ action: 'sendEmail', with: { to: 'x' } }] },
    },
  });
});

test('a flow in other spellings', () => {
  const { value, result } = normalized(
    'flow',
    `
name: f
type: schedule
active: true
nodes:
  - { id: s, type: start, config: { object: lead, triggerCondition: a == 1, schedule: 0 8 * * * } }
  - { id: d, type: decision, condition: a == 1 }
  - { id: w, type: wait, config: { eventType: timer, timerDuration: P1D } }
  - { id: c, type: connector_action, connectorConfig: { connectorId: x, actionId: y } }
edges: []
`,
  );
  expect(value).toMatchObject({
    status: 'active',
    nodes: [
      { config: { objectName: 'lead', criteria: 'a == 1', schedule: { cron: '0 8 * * *' } } },
      { config: { condition: 'a == 1' } },
      { config: { duration: 'P1D' } },
      { config: { connectorId: 'x', actionId: 'y' } },
    ],
  });
  expect(result.sourcePath(['nodes', 0, 'config', 'schedule', 'cron'])).toEqual([
    'nodes',
    0,
    'config',
    'schedule',
  ]);
  expect(result.sourcePath(['nodes', 3, 'config', 'actionId'])).toEqual([
    'nodes',
    3,
    'connectorConfig',
    'actionId',
  ]);
});

test('a view, a hook, an approval, a role, a sharing rule, translations and a seed', () => {
  expect(
    normalized(
      'view',
      'name: v\nlist: { data: { provider: object, object: lead }, columns: [a], sort: "-a,b desc" }\nform: { sections: [{ columns: "2", fields: [a] }] }',
    ).value,
  ).toEqual({
    name: 'v',
    object: 'lead',
    list: {
      columns: ['a'],
      sort: [
        { field: 'a', order: 'desc' },
        { field: 'b', order: 'desc' },
      ],
    },
    form: { sections: [{ columns: 2, fields: ['a'] }] },
  });
  expect(
    normalized('hook', 'name: h\nobject: o\nhandler: x\nevents: before_create').value,
  ).toMatchObject({
    events: ['beforeInsert'],
  });
  expect(
    normalized(
      'approval',
      `
name: a
object: o
onSubmit: [{ name: x, type: webhook, config: { url: "https://example.com" } }]
steps: [{ name: s, approvers: [{ type: manager }], escalation: { timeoutHours: 1, action: notify } }]
`,
    ).value,
  ).toMatchObject({
    onSubmit: [{ name: 'x', type: 'http_call', url: 'https://example.com' }],
    steps: [{ escalation: [{ timeoutHours: 1 }] }],
  });
  expect(normalized('role', 'name: r\nparentRole: s').value).toEqual({ name: 'r', parent: 's' });
  expect(
    normalized(
      'sharing_rule',
      'name: s\nobject: o\naccessLevel: read\ncondition: a == 1\nsharedWith: { type: role, value: r }',
    ).value,
  ).toMatchObject({ type: 'criteria' });
  const translation = normalized('translation', 'name: t\npt_BR: { messages: { hi: Oi } }');
  expect(translation.value).toEqual({
    name: 't',
    locales: { 'pt-BR': { messages: { hi: 'Oi' } } },
  });
  expect(translation.result.sourcePath(['locales', 'pt-BR', 'messages'])).toEqual([
    'pt_BR',
    'messages',
  ]);
  expect(
    normalized('seed', 'name: s\nobject: o\nexternal_id: code\nrecords: [{ code: 1 }]').value,
  ).toMatchObject({
    externalId: 'code',
  });
});

const nonsense: unknown[] = [
  null,
  undefined,
  1,
  'x',
  [],
  [1],
  { fields: 1 },
  { fields: [1] },
  { fields: { a: null } },
];

test.each(METADATA_TYPES)('%s: what is not understood stays as it is', (type) => {
  for (const raw of [
    ...nonsense,
    { nodes: [null], states: { a: null }, list: [], events: null, steps: {} },
  ]) {
    expect(normalizeLegacy(type, raw).value).toEqual(raw);
  }
});
