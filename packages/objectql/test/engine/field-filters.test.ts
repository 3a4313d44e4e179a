import type { CompareOperator, Comparison, RecordData, Scalar } from '@objectos/spec/contracts';
import { FIELD_TYPES, type FieldType } from '@objectos/spec/metadata';
import { matches, sorted } from '@objectos/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEngine, system } from './support.js';

/** Keys of a type, and values that differ in what is easy to get wrong. `null` is always among them. */
type Case = readonly [keys: string, values: readonly unknown[]];

const texts = ['Ada', 'ada', 'Zoë', 'ß', '%_\\', ' a b', '10', '9', 'émile'];
const numbers = [0, -1.5, 10, 9, 0.1, 123456789.25];
const options = 'options: [{ value: b }, { value: a }, { value: C }]';
const lists = [['a'], ['a', 'b'], ['C']];
const anything = [{ a: 1 }, [1, 2], 'x'];
const files = ['file-1', 'file-2'];

const CASES: Partial<Record<FieldType, Case>> = {
  text: ['', texts],
  textarea: ['', [...texts, 'two\nlines']],
  email: ['', ['ada@x.example', 'Ada@x.example', 'bob@y.example']],
  url: ['', ['https://a.example/?q=1', 'https://b.example']],
  phone: ['', ['+41 44 123 45 67', '555-0100']],
  markdown: ['', texts],
  html: ['', ['<b>x</b>', 'x']],
  richtext: ['', texts],
  code: ['', texts],
  signature: ['', texts],
  qrcode: ['', texts],
  color: ['', ['#3b82f6', '#FFF']],
  number: ['', numbers],
  currency: ['', [0, -1.5, 10, 9, 0.1, 1.25]],
  percent: ['', numbers],
  rating: ['', [0, 3, 5]],
  slider: ['', [0, 50, 99]],
  progress: ['', [0, 7, 100]],
  date: ['', ['2024-02-29', '0001-01-01', '9999-12-31', '2024-03-01']],
  datetime: [
    '',
    ['2026-01-31T09:30:00.000Z', '2026-01-31T09:30:00.001Z', '1969-12-31T23:59:59.999Z'],
  ],
  time: ['', ['00:00:00', '09:30:00', '23:59:59']],
  boolean: ['', [true, false]],
  toggle: ['', [true, false]],
  select: [options, ['a', 'b', 'C']],
  radio: [options, ['a', 'b', 'C']],
  user: ['', ['user-1', 'user-2']],
  multiselect: [options, lists],
  checkboxes: [options, lists],
  tags: ['', [['x'], ['x', 'y"'], ["'", '%']]],
  location: ['', [{ latitude: 1, longitude: 2 }]],
  address: ['', [{ city: 'Bern' }]],
  json: ['', anything],
  vector: [
    'vectorConfig: { dimensions: 2 }',
    [
      [1, 2],
      [0, 0],
    ],
  ],
  image: ['', files],
  file: ['', files],
  avatar: ['', files],
  video: ['', files],
  audio: ['', files],
};
/** Sealed, pointing to records, or computed: other tests have them. */
const ELSEWHERE: readonly FieldType[] = [
  ...(['password', 'secret', 'lookup', 'master_detail', 'many_to_many', 'tree'] as const),
  ...(['formula', 'summary', 'autonumber'] as const),
];

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;

beforeAll(async () => {
  const objects = Object.entries(CASES).map(([type, [keys]]) => [
    `with_${type}`,
    `fields:\n  value: { type: ${type}${keys === '' ? '' : `, ${keys}`} }\n`,
  ]);
  engine = await openEngine({ objects: Object.fromEntries(objects) as Record<string, string> });
  for (const [type, [, values]] of Object.entries(CASES)) {
    const rows = [null, ...values, values[0], null].map((value) => ({ value }));
    await engine.insertMany(`with_${type}`, rows, system);
  }
});
afterAll(() => engine.close());

const ORDERED: readonly CompareOperator[] = ['gt', 'gte', 'lt', 'lte'];
const PATTERNS: readonly CompareOperator[] = ['contains', 'notContains', 'startsWith', 'endsWith'];

function comparisons(stored: readonly unknown[], kind: string): Comparison[] {
  const field = 'value';
  const empty = [true, false].map((value): Comparison => ({ op: 'isNull', field, value }));
  if (kind === 'json') return empty;
  const present = [...new Set(stored.filter((value) => value !== null))] as Scalar[];
  const list = (op: CompareOperator, value: readonly Scalar[]): Comparison => ({
    op,
    field,
    value,
  });
  if (kind === 'list') {
    const parts = [...new Set((present as unknown as string[][]).flat()), 'none'];
    return [
      ...empty,
      ...parts.flatMap((value): Comparison[] => [
        { op: 'contains', field, value },
        { op: 'notContains', field, value },
      ]),
    ];
  }
  const one = (['eq', 'ne', ...(kind === 'boolean' ? [] : ORDERED)] as const).flatMap((op) =>
    [null, ...present].map((value): Comparison => ({ op, field, value })),
  );
  const lists = [
    list('in', present.slice(0, 2)),
    list('in', [null, ...present.slice(1)]),
    list('nin', present.slice(0, 2)),
    list('nin', [null, ...present.slice(1)]),
    list('in', []),
    ...(kind === 'boolean' ? [] : [list('between', [present[0] ?? null, present.at(-1) ?? null])]),
  ];
  const patterns =
    kind === 'text'
      ? PATTERNS.flatMap((op) =>
          (present as string[]).flatMap((text): Comparison[] => [
            { op, field, value: text },
            { op, field, value: text.slice(0, 2) },
            { op, field, value: text.slice(1) },
          ]),
        )
      : [];
  return [...empty, ...one, ...lists, ...patterns];
}

async function storedOf(object: string): Promise<{ kind: string; rows: RecordData[] }> {
  const { records } = await engine.find(object, { limit: 1_000 }, system);
  const sample = records.map(({ value }) => value).find((value) => value !== null);
  const type = object.slice('with_'.length);
  const isList = ['multiselect', 'checkboxes', 'tags'].includes(type);
  const isJson = ['location', 'address', 'json', 'vector'].includes(type) || type in FILES;
  const kind = isList ? 'list' : isJson ? 'json' : kindOf(type, sample);
  return { kind, rows: records };
}
const FILES = { image: 1, file: 1, avatar: 1, video: 1, audio: 1 };

function kindOf(type: string, sample: unknown): string {
  if (typeof sample !== 'string') return typeof sample;
  return ['date', 'datetime', 'time'].includes(type) ? 'moment' : 'text';
}

const idsOf = (records: readonly RecordData[]) => records.map(({ id }) => id);

it('is tried with every type that a filter can name', () => {
  expect([...Object.keys(CASES), ...ELSEWHERE].sort()).toEqual([...FIELD_TYPES].sort());
});

it.each(Object.keys(CASES))(
  '%s is filtered, counted and sorted as its meaning says',
  async (type) => {
    const object = `with_${type}`;
    const { kind, rows } = await storedOf(object);
    expect(rows.filter(({ value }) => value === null)).toHaveLength(2);
    for (const where of comparisons(
      rows.map(({ value }) => value),
      kind,
    )) {
      for (const filter of [where, { op: 'not', arg: where } as const]) {
        const expected = idsOf(rows.filter((row) => matches(filter, row)));
        const told = JSON.stringify(filter);
        const { records } = await engine.find(object, { where: filter, limit: 1_000 }, system);
        expect(idsOf(records), told).toEqual(expected);
      }
    }
    for (const direction of ['asc', 'desc'] as const) {
      const orderBy = [{ field: 'value', direction }];
      const asked = engine.find(object, { orderBy, limit: 1_000 }, system);
      if (kind === 'json' || kind === 'list') {
        await expect(asked).rejects.toMatchObject({ code: 'invalid_sort' });
        continue;
      }
      const { records } = await asked;
      expect(idsOf(records)).toEqual(idsOf(sorted(rows, orderBy)));
      // Pages by cursor are the same order, whatever lies between the pages.
      const first = await engine.find(object, { orderBy, limit: 2, cursor: '' }, system);
      const second = await engine.find(
        object,
        { orderBy, limit: 1_000, cursor: first.next },
        system,
      );
      expect(idsOf([...first.records, ...second.records])).toEqual(idsOf(records));
    }
    if (kind !== 'json') return;
    for (const op of ['eq', 'gt', 'contains', 'in'] as const) {
      const value = op === 'in' ? ['x'] : 'x';
      const asked = engine.find(object, { where: { op, field: 'value', value } }, system);
      await expect(asked).rejects.toMatchObject({ code: 'invalid_filter' });
    }
  },
);

it.each(Object.keys(CASES))('%s is grouped and aggregated, or refused by name', async (type) => {
  const object = `with_${type}`;
  const { kind, rows } = await storedOf(object);
  const groupBy = [{ field: 'value' }];
  const grouped = engine.aggregate(
    object,
    { groupBy, aggregations: [{ function: 'count' }] },
    system,
  );
  if (kind === 'json' || kind === 'list') {
    await expect(grouped).rejects.toMatchObject({ code: 'invalid_aggregate' });
    return;
  }
  const counts = new Map<unknown, number>();
  for (const { value } of rows) counts.set(value, (counts.get(value) ?? 0) + 1);
  const found = new Map((await grouped).rows.map((row) => [row['value'], row['count']]));
  expect(found).toEqual(counts);
  if (kind === 'boolean') return;
  const { rows: extremes } = await engine.aggregate(
    object,
    {
      aggregations: [
        { function: 'min', field: 'value' },
        { function: 'max', field: 'value' },
      ],
    },
    system,
  );
  const order = sorted(rows, [{ field: 'value', direction: 'asc' }]).map(({ value }) => value);
  const present = order.filter((value) => value !== null);
  expect(extremes).toEqual([{ min_value: present[0], max_value: present.at(-1) }]);
});
