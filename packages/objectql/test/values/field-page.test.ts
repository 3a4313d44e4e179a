import { FIELD_TYPES, fieldSchema, type FieldType } from '@objectos/spec/metadata';
import { describe, expect, it } from 'vitest';
import { compileField, isSealed } from '../../src/metadata/compile/fields.js';
import { checkValue } from '../../src/values/checks.js';

interface Sample {
  /** What the type needs beside its name. */
  readonly keys?: Record<string, unknown>;
  readonly good: unknown;
  readonly wrong: unknown;
  /** What is stored for `good`, where it is not the same. */
  readonly stored?: unknown;
}

const options = { options: [{ value: 'new' }, { value: 'old' }] };
const text: Sample = { good: 'text', wrong: 5 };
const file: Sample = { good: 'file-id', wrong: 5 };
const reference: Sample = { keys: { reference: 'account' }, good: 'an-id', wrong: 'not an id!' };
const hidden: Sample = { good: 'text', wrong: 5 };

/** Fields whose records hold no value of their own that a client writes. */
type WithoutValue = 'formula' | 'summary' | 'autonumber' | 'many_to_many';

/** A value that each type takes, and one that it refuses. */
const SAMPLES: Record<Exclude<FieldType, WithoutValue>, Sample> = {
  text,
  textarea: text,
  email: { good: 'ada@example.com', wrong: 'ada' },
  url: { good: 'https://example.com', wrong: 'javascript:alert(1)' },
  phone: { good: '+41 44 123 45 67', wrong: 'call me' },
  password: hidden,
  secret: hidden,
  markdown: text,
  html: text,
  richtext: text,
  number: { good: 1.5, wrong: '1.5' },
  currency: { good: 1.005, stored: 1.01, wrong: '1.005' },
  percent: { good: 12.5, wrong: true },
  date: { good: '2026-01-31', wrong: '2026-02-30' },
  datetime: {
    good: '2026-01-31T09:30:00+01:00',
    stored: '2026-01-31T08:30:00.000Z',
    wrong: '2026-01-31T09:30',
  },
  time: { good: '09:30', stored: '09:30:00', wrong: '24:00' },
  boolean: { good: true, wrong: 'true' },
  toggle: { good: false, wrong: 0 },
  select: { keys: options, good: 'new', wrong: 'other' },
  multiselect: { keys: options, good: ['new', 'old'], wrong: 'new' },
  radio: { keys: options, good: 'old', wrong: 'other' },
  checkboxes: { keys: options, good: ['new'], wrong: ['other'] },
  lookup: reference,
  master_detail: reference,
  tree: { good: 'an-id', wrong: 'not an id!' },
  user: { good: 'an-id', wrong: 'not an id!' },
  image: file,
  file,
  avatar: file,
  video: file,
  audio: file,
  location: { good: { latitude: 47.4, longitude: 8.5 }, wrong: { latitude: 95, longitude: 0 } },
  address: { good: { city: 'Zug', countryCode: 'CH' }, wrong: { planet: 'Mars' } },
  code: text,
  json: { good: { any: [1, 'thing'] }, wrong: undefined },
  color: { good: '#3b82f6', wrong: 'blue' },
  rating: { good: 4, wrong: 6 },
  slider: { good: 50, wrong: 101 },
  signature: text,
  qrcode: text,
  progress: { good: 100, wrong: -1 },
  tags: { good: ['red', 'round'], wrong: 'red' },
  vector: { keys: { vectorConfig: { dimensions: 2 } }, good: [0.1, 0.2], wrong: [0.1] },
};

const NUMBERS = '`eq` `ne` `gt` `gte` `lt` `lte` `in` `nin` `between` `isNull`';
const OPERATORS: Readonly<Record<string, string>> = {
  text: `${NUMBERS} \`contains\` \`notContains\` \`startsWith\` \`endsWith\` \`like\` \`ilike\``,
  list: '`contains` `notContains` `isNull`',
  json: '`isNull`',
};
const STORAGE: Readonly<Record<string, readonly [string, string]>> = {
  text: ['TEXT', 'text COLLATE "C"'],
  integer: ['INTEGER', 'bigint'],
  real: ['REAL', 'double precision'],
  decimal: ['REAL', 'numeric'],
  boolean: ['INTEGER 0/1', 'boolean'],
  date: ['TEXT `2026-01-31`', 'date'],
  time: ['TEXT `09:30:00`', 'time'],
  datetime: ['TEXT, UTC', 'timestamptz'],
  json: ['TEXT, JSON', 'jsonb'],
};

function fieldOf(type: FieldType) {
  const keys = type in SAMPLES ? SAMPLES[type as keyof typeof SAMPLES].keys : undefined;
  const definition = fieldSchema.parse({ type, ...keys });
  return compileField('thing', 'field', definition, {
    objects: new Set(['account', 'thing', 'user']),
  });
}

/** The page, as the code has it. */
function render(): string {
  const rows = Object.entries(SAMPLES).map(([type, { good }]) => {
    const field = fieldOf(type as FieldType);
    const operators = isSealed(field.type)
      ? 'none'
      : (OPERATORS[field.multiple ? 'list' : field.column] ?? NUMBERS);
    const [sqlite = '', postgres = ''] = STORAGE[field.column] ?? [];
    return `| \`${type}\` | \`${JSON.stringify(good)}\` | ${operators} | ${sqlite} | ${postgres} |`;
  });
  return `<!-- Generated; run: npx vitest run --project @objectql/core test/values/field-page -u -->

# Field types

What a field takes, how it can be filtered, and how the two databases store it. An empty text, an empty list and \`null\` are one thing: no value. Filters are true or false, never unknown: \`ne\` and \`notContains\` find records without a value too. Fields that hold JSON have no order; all others sort, those without a value first. [Computed fields](computed-fields.md) have a page of their own.

| type | takes, for example | filters | SQLite | PostgreSQL |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

**Numbers** travel as JSON numbers, which hold 15 digits exactly. A \`currency\` has two places unless \`scale\` says otherwise; values are rounded to \`scale\` half away from zero, by their decimal digits, so 1.005 becomes 1.01. Formulas, sums and averages compute in decimals, never in binary fractions. A \`percent\` is the number that people see: 15 means 15 %.

**Dates** are calendar days and are never shifted. A \`datetime\` is an instant: it needs an offset, and comes back in UTC. A \`time\` has whole seconds.

**Secrets** (\`secret\`, \`password\`) exist for code of plugins that asks for them, and for nobody else: not in a list, a filter, a log or the change log. With \`encrypted: true\`, a \`secret\` is for values that people enter, such as tokens of other systems; see [encrypted fields](encrypted-fields.md).
`;
}

describe('field types', () => {
  it('are all here', () => {
    const computed = ['formula', 'summary', 'autonumber', 'many_to_many'];
    expect(Object.keys(SAMPLES).sort()).toEqual(
      FIELD_TYPES.filter((type) => !computed.includes(type)).sort(),
    );
  });

  it.each(Object.entries(SAMPLES))('%s takes what it should, and nothing else', (type, sample) => {
    const field = fieldOf(type as FieldType);
    if (isSealed(field.type)) {
      expect(checkValue(field, sample.good).ok).toBe(false);
      return;
    }
    expect(checkValue(field, sample.good)).toEqual({
      ok: true,
      value: 'stored' in sample ? sample.stored : sample.good,
    });
    expect(checkValue(field, sample.wrong).ok).toBe(false);
  });

  it('have a page that says what the code does', async () => {
    await expect(render()).toMatchFileSnapshot('../../../../docs/guide/field-types.md');
  });
});
