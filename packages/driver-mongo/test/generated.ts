import fc from 'fast-check';
import type { ColumnType, Row, RowFilter, TableSchema } from '@objectql/core/driver';
import type { CompareOperator, Comparison, Scalar, SortKey } from '@objectos/spec/contracts';

const column = (name: string, type: ColumnType, nullable = true) => ({ name, type, nullable });

/** A table with a column of each type. */
export const item: TableSchema = {
  name: 'item',
  columns: [
    column('id', 'text', false),
    column('name', 'text'),
    column('code', 'text'),
    column('size', 'integer'),
    column('ratio', 'real'),
    column('price', 'decimal'),
    column('active', 'boolean'),
    column('born', 'date'),
    column('opens', 'time'),
    column('seen', 'datetime'),
    column('tags', 'json'),
  ],
  indexes: [],
};

/** Parts of items. */
export const piece: TableSchema = {
  name: 'piece',
  columns: [column('id', 'text', false), column('item', 'text'), column('size', 'integer')],
  indexes: [],
};

// Few and awkward characters, so that generated patterns meet generated texts. No pairs of
// surrogates: mingo sorts and matches by UTF-16 units, which is not what the server does.
const character = fc.constantFrom(
  ...[
    'a',
    'A',
    'b',
    'Z',
    '0',
    '%',
    '_',
    '\\',
    '*',
    '?',
    '[',
    '$',
    '.',
    '/',
    '-',
    "'",
    'é',
    'É',
    'ſ',
    '\n',
  ],
);
const text = fc.string({ unit: character, maxLength: 4 });
const integer = fc.integer({ min: -2, max: 3 });
const fraction = fc.constantFrom(-1.5, 0, 0.1, 0.5, 1, 1e21);
const orNull = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: null, freq: 5 });
const element = fc.oneof(text, integer, fc.boolean(), fc.constant(null));

const values = {
  name: text,
  code: text,
  size: integer,
  ratio: fraction,
  price: fraction,
  active: fc.boolean(),
  born: fc.constantFrom('2025-12-31', '2026-01-01', '2026-01-31'),
  opens: fc.constantFrom('09:30:00', '10:00:00'),
  seen: fc.constantFrom(
    '2025-12-31T23:30:00.000Z',
    '2026-01-01T00:00:00.000Z',
    '0999-07-15T12:00:00.000Z',
  ),
} as const;
type Field = keyof typeof values;
const fields = Object.keys(values) as Field[];

/** Rows of {@link item} without ids. */
export const row: fc.Arbitrary<Row> = fc.record({
  ...(Object.fromEntries(fields.map((field) => [field, orNull<unknown>(values[field])])) as Record<
    Field,
    fc.Arbitrary<unknown>
  >),
  tags: orNull(fc.array(element, { maxLength: 3 })),
});

/** Rows of {@link piece} without ids, of the items 10 to 15. */
export const pieceRow: fc.Arbitrary<Row> = fc.record({
  item: orNull(fc.constantFrom('10', '11', '12', '13', '14', '15')),
  size: orNull(integer),
});

const comparison = (
  op: fc.Arbitrary<CompareOperator>,
  field: string,
  value: fc.Arbitrary<Scalar | Scalar[]>,
): fc.Arbitrary<Comparison> => fc.record({ op, field: fc.constant(field), value });

const comparisonOf = (field: string, of: fc.Arbitrary<Scalar>): fc.Arbitrary<RowFilter>[] => {
  const value = orNull<Scalar>(of);
  const list = (bounds: object) => fc.array(value, bounds);
  return [
    comparison(fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'), field, value),
    comparison(fc.constantFrom('in', 'nin'), field, list({ maxLength: 12 })),
    comparison(fc.constant('between'), field, list({ minLength: 2, maxLength: 2 })),
    comparison(fc.constant('isNull'), field, fc.boolean()),
  ];
};

const leaf: fc.Arbitrary<RowFilter> = fc.oneof(
  ...fields.flatMap((field) => comparisonOf(field, values[field])),
  comparison(
    fc.constantFrom('contains', 'notContains', 'startsWith', 'endsWith', 'like', 'ilike'),
    'name',
    text,
  ),
  comparison(fc.constantFrom('contains', 'notContains'), 'tags', element),
  comparison(fc.constant('isNull'), 'tags', fc.boolean()),
  fc.record({
    op: fc.constant('compareFields' as const),
    operator: fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'),
    left: fc.constantFrom('size', 'ratio', 'price'),
    right: fc.constantFrom('size', 'ratio', 'price'),
  }),
  fc.record({
    op: fc.constant('compareFields' as const),
    operator: fc.constantFrom('eq', 'ne', 'gt', 'gte', 'lt', 'lte'),
    left: fc.constant('name'),
    right: fc.constant('code'),
  }),
);

const tree = (leaves: fc.Arbitrary<RowFilter>): fc.Arbitrary<RowFilter> =>
  fc.letrec<{ filter: RowFilter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      leaves,
      fc.record({
        op: fc.constantFrom('and', 'or'),
        args: fc.array(tie('filter'), { maxLength: 3 }),
      }),
      fc.record({ op: fc.constant('not' as const), arg: tie('filter') }),
    ),
  })).filter;

/** Filters that one row answers. */
export const filter: fc.Arbitrary<RowFilter> = tree(leaf);

const hasPiece: fc.Arbitrary<RowFilter> = fc.record({
  op: fc.constant('exists' as const),
  table: fc.constant(piece),
  on: fc.constant([{ outer: 'id', inner: 'item' }]),
  where: tree(fc.oneof(...comparisonOf('size', integer))),
});

/** Filters about rows and their pieces. */
export const relatedFilter: fc.Arbitrary<RowFilter> = tree(
  fc.oneof({ arbitrary: leaf, weight: 2 }, { arbitrary: hasPiece, weight: 1 }),
);

/** Sort keys of several columns. */
export const sort: fc.Arbitrary<SortKey[]> = fc.uniqueArray(
  fc.record({
    field: fc.constantFrom(...fields),
    direction: fc.constantFrom('asc' as const, 'desc' as const),
  }),
  { maxLength: 3, selector: (key) => key.field },
);
