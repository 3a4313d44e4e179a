import { isObjectOSError } from '@objectos/spec/errors';
import { FIELD_TYPES, type FieldType } from '@objectos/spec/metadata';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ObjectQL } from '../../src/index.js';
import { openEngine, system } from '../engine/support.js';

interface Case {
  /** Keys beside the type. */
  readonly keys?: string;
  /** Values that are kept: as they are, or as the second one. */
  readonly good: readonly (readonly [unknown, unknown?])[];
  readonly wrong: readonly unknown[];
}

const options = 'options: [{ value: red }, { value: green }]';
const anyText: Case = { good: [['a\nb 😀']], wrong: [5, true, {}, ['a'], 'a\0b'] };
const shortText: Case = { good: [['x']], wrong: [5, {}, ['x'], 'x'.repeat(256), 'a\0b'] };
const amount: Case = { good: [[1.5], [-3], [0]], wrong: ['5', true, NaN, Infinity, [1], {}] };
const hundred: Case = { good: [[0], [100]], wrong: ['5', -1, 101, true] };
const truth: Case = { good: [[true], [false]], wrong: [1, 0, 'true', 'yes', {}] };
const choice: Case = { keys: options, good: [['red']], wrong: ['blue', 5, ['red'], 'RED'] };
const choices: Case = {
  keys: options,
  good: [
    [
      ['red', 'green', 'red'],
      ['red', 'green'],
    ],
    // An empty list, like an empty text, is no value.
    [[], null],
  ],
  wrong: ['red', ['blue'], [5], { 0: 'red' }],
};
const link: Case = { keys: 'reference: thing', good: [], wrong: ['nobody', 5, {}, ['x']] };
const attachment: Case = {
  good: [['file-1'], [{ id: 'file-1', name: 'a.png' }]],
  wrong: [5, ['file-1'], 'x'.repeat(3_000), { id: () => 1 }],
};
const closed: Case = { good: [], wrong: ['x', 1] };

const cases: Record<FieldType, Case> = {
  text: shortText,
  textarea: anyText,
  email: {
    good: [['ada@example.com']],
    wrong: ['ada', 'a@b', 'a b@c.de', 5, `${'a'.repeat(250)}@b.de`],
  },
  url: {
    good: [['https://example.com/a?b=c'], ['mailto:ada@example.com']],
    wrong: ['example', 'javascript:alert(1)', 'data:text/html,x', 5],
  },
  phone: { good: [['+41 44 123 45 67'], ['555-0100 ext. 7']], wrong: ['call me', '+', 5551234567] },
  password: closed,
  secret: closed,
  markdown: anyText,
  html: anyText,
  richtext: anyText,
  number: amount,
  currency: {
    ...amount,
    good: [
      [1.005, 1.01],
      [-2.345, -2.35],
      [0.30000000000000004, 0.3],
      [-0.004, 0],
    ],
  },
  percent: amount,
  date: {
    good: [['2024-02-29'], ['0001-01-01']],
    wrong: ['yesterday', '2023-02-29', '2024-2-9', '2024-02-29T00:00:00Z', 20240229, '10000-01-01'],
  },
  datetime: {
    good: [
      ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
      ['2026-01-31T23:30:00.5-05:00', '2026-02-01T04:30:00.500Z'],
    ],
    wrong: ['2026-01-31', '2026-01-31T09:30:00', '2026-02-30T09:30:00Z', 1769851800000],
  },
  time: { good: [['09:30', '09:30:00'], ['23:59:59']], wrong: ['24:00', '9:30', 'noon', 930] },
  boolean: truth,
  toggle: truth,
  select: choice,
  multiselect: choices,
  radio: choice,
  checkboxes: choices,
  lookup: link,
  master_detail: link,
  tree: { ...link, keys: '' },
  // Without an authentication plugin there are no users to look up: an id stands for itself.
  user: { good: [['u1']], wrong: [5, {}] },
  image: attachment,
  file: attachment,
  avatar: attachment,
  video: attachment,
  audio: attachment,
  formula: { ...closed, keys: "expression: '1'" },
  summary: { ...closed, keys: 'summaryOperations: { object: part, field: amount, function: sum }' },
  many_to_many: { ...closed, keys: 'reference: thing' },
  autonumber: { ...closed, keys: "format: 'A-{0000}'" },
  location: {
    good: [[{ latitude: 47.4, longitude: 8.5 }]],
    wrong: [
      '47,8',
      { latitude: 91, longitude: 0 },
      { latitude: 1 },
      { latitude: '1', longitude: 2 },
    ],
  },
  address: {
    good: [[{ street: 'Main 1', city: 'Bern' }]],
    wrong: ['Bern', { city: 5 }, { town: 'Bern' }, ['Bern']],
  },
  code: anyText,
  json: {
    good: [[{ a: [1, null, 'x'] }], [[1]], [5], ['x'], [false]],
    wrong: [() => 1, { a: 1n }, { a: { constructor: 1 } }, JSON.parse('{"__proto__":1}')],
  },
  color: { good: [['#3b82f6'], ['#FFF']], wrong: ['red', '#12', 5] },
  rating: { good: [[0], [5]], wrong: [6, -1, 2.5, '3'] },
  slider: hundred,
  signature: anyText,
  qrcode: anyText,
  progress: hundred,
  tags: {
    good: [
      [
        ['a', 'b', 'a'],
        ['a', 'b'],
      ],
    ],
    wrong: ['a', [5], [''], ['x'.repeat(256)]],
  },
  vector: {
    keys: 'vectorConfig: { dimensions: 2 }',
    good: [[[0.5, -1]]],
    wrong: [[1], [1, 2, 3], [1, '2'], 'x', [1, Infinity]],
  },
};

let engine: ObjectQL;

beforeAll(async () => {
  const objects = Object.fromEntries(
    FIELD_TYPES.map((type) => {
      const { keys = '' } = cases[type];
      const field = `{ type: ${type}${keys === '' ? '' : `, ${keys}`} }`;
      return [`with_${type}`, `fields:\n  value: ${field}\n  note: { type: text }\n`];
    }),
  );
  const part = `fields:\n  amount: { type: number }\n  owner: { type: master_detail, reference: with_summary }\n`;
  engine = await openEngine({
    objects: { ...objects, thing: 'fields:\n  name: { type: text }\n', part },
  });
});
afterAll(() => engine.close());

it.each(FIELD_TYPES.filter((type) => cases[type].good.length > 0))(
  '%s keeps values of its type',
  async (type) => {
    const object = `with_${type}`;
    for (const [value, kept = value] of cases[type].good) {
      const { id } = await engine.insert(object, { value }, system);
      expect((await engine.get(object, String(id), system))['value']).toEqual(kept);
    }
  },
);

it.each(['lookup', 'master_detail', 'tree'])('%s points to a record that exists', async (type) => {
  const object = `with_${type}`;
  const target = await engine.insert(type === 'tree' ? object : 'thing', {}, system);
  const { id } = await engine.insert(object, { value: target['id'] }, system);
  expect(await engine.get(object, String(id), system)).toMatchObject({ value: target['id'] });
});

it.each(FIELD_TYPES)(
  '%s refuses any other value by name, on create and update, and changes nothing',
  async (type) => {
    const object = `with_${type}`;
    const base =
      type === 'master_detail'
        ? await withMaster()
        : await engine.insert(object, { note: 'x' }, system);
    const before = await engine.count(object, {}, system);
    for (const value of cases[type].wrong) {
      for (const write of [
        () => engine.insert(object, { value }, system),
        () => engine.update(object, String(base['id']), { value }, system),
      ]) {
        const error: unknown = await write().then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(isObjectOSError(error) && error.code, `${object} took ${String(value)}`).toMatch(
          /^(?:validation_error|read_only_field|invalid_reference|nested_write_invalid|unknown_field)$/,
        );
        expect(JSON.stringify(error), String(value)).toContain('value');
      }
    }
    expect(await engine.count(object, {}, system)).toBe(before);
    expect((await engine.get(object, String(base['id']), system))['revision']).toBe(1);
  },
);

async function withMaster() {
  const master = await engine.insert('thing', {}, system);
  return engine.insert('with_master_detail', { value: master['id'] }, system);
}
