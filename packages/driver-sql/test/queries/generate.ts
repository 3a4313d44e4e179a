import type {
  AggregateItem,
  AggregateQuery,
  CompareOperator,
  Filter,
  GroupKey,
  Query,
  Scalar,
  SortKey,
} from '@objectos/spec/contracts';
import type { Row } from '@objectql/core/driver';

type Kind = 'text' | 'integer' | 'decimal' | 'boolean' | 'date' | 'datetime' | 'choice' | 'tags';

interface Field {
  readonly name: string;
  readonly kind: Kind;
}

/** Generated objects with their rows, and a source of queries over them. */
export interface World {
  readonly objects: readonly { readonly name: string; readonly text: string }[];
  readonly rows: ReadonlyMap<string, Row[]>;
  nextQuery(): Query;
  nextAggregate(): AggregateQuery;
}

const YAML: Readonly<Record<Kind, string>> = {
  text: '{ type: text }',
  integer: '{ type: number, scale: 0 }',
  decimal: '{ type: number }',
  boolean: '{ type: boolean }',
  date: '{ type: date }',
  datetime: '{ type: datetime }',
  choice: '{ type: select, options: [{ value: a }, { value: B }, { value: c }] }',
  tags: '{ type: tags }',
};
const POOL: Readonly<Record<Exclude<Kind, 'tags'>, readonly Scalar[]>> = {
  text: [
    '',
    'a',
    'A',
    'ab',
    'Zürich',
    'zürich',
    '100%',
    'a_b',
    '😀',
    '\u{10FFFF}',
    "o'clock",
    ' x',
  ],
  integer: [-2, -1, 0, 1, 2, 3, 1_000_000],
  decimal: [-1.5, 0, 0.1, 0.2, 0.3, 2.25, 1e6],
  boolean: [true, false],
  date: ['2024-02-29', '2025-12-31', '2026-01-01', '2026-03-29'],
  datetime: [
    '2024-02-29T23:59:59.999Z',
    '2026-03-29T00:59:59.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-12-31T23:30:00.000Z',
  ],
  choice: ['a', 'B', 'c'],
};
const KINDS = Object.keys(YAML) as Kind[];
const ORDERED: readonly CompareOperator[] = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'];
const TEXTUAL: readonly CompareOperator[] = ['contains', 'notContains', 'startsWith', 'endsWith'];

function filled(value: Scalar): Scalar {
  return value === '' ? null : value;
}

/** A small generator of random numbers (mulberry32), so that a seed makes the same world again. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Makes the world of a seed: parents, their children, and children of those. */
export function generate(seed: number): World {
  const next = random(seed);
  const below = (count: number) => Math.floor(next() * count);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const fieldsFor = (prefix: string): Field[] =>
    KINDS.map((kind, at) => ({ name: `${prefix}${at}`, kind })).filter(
      (field) => field.kind === 'text' || field.kind === 'integer' || next() < 0.7,
    );
  const fields = { parent: fieldsFor('p'), child: fieldsFor('c'), item: fieldsFor('i') };
  const links = { parent: [], child: ['parent'], item: ['child'] } as const;

  const value = ({ kind }: Field): Scalar | readonly Scalar[] => {
    if (next() < 0.25) return null;
    // An empty text is written as an empty field.
    return kind === 'tags' ? [pick(['x', 'y', 'Z']), pick(['x', 'w'])] : filled(pick(POOL[kind]));
  };
  const rowsOf = (object: keyof typeof fields, count: number, above: readonly Row[]): Row[] =>
    Array.from({ length: count }, (_, at) => {
      const row: Row = { id: `${object}-${String(at).padStart(3, '0')}` };
      for (const field of fields[object]) row[field.name] = value(field);
      for (const link of links[object]) row[link] = next() < 0.2 ? null : pick(above)['id'];
      return row;
    });
  const parents = rowsOf('parent', 8, []);
  const children = rowsOf('child', 45, parents);
  const rows = new Map([
    ['parent', parents],
    ['child', children],
    ['item', rowsOf('item', 40, children)],
  ]);
  const objects = Object.entries(fields).map(([name, list]) => {
    const lookups = links[name as keyof typeof links].map(
      (link) => `  ${link}: { type: lookup, reference: ${link} }`,
    );
    const lines = list.map((field) => `  ${field.name}: ${YAML[field.kind]}`);
    return { name, text: ['label: X', 'fields:', ...lines, ...lookups, ''].join('\n') };
  });

  const comparison = (field: Field): Filter => {
    const { name, kind } = field;
    if (next() < 0.15) return { op: 'isNull', field: name, value: next() < 0.5 };
    if (kind === 'tags') {
      const op = pick(['contains', 'notContains'] as const);
      return { op, field: name, value: pick(['x', 'y', 'w', 'none']) };
    }
    const one = () => pick(POOL[kind]);
    if (next() < 0.2) {
      const list = [one(), one(), next() < 0.3 ? null : one()];
      return { op: pick(['in', 'nin'] as const), field: name, value: list };
    }
    if (kind === 'boolean') return { op: pick(['eq', 'ne'] as const), field: name, value: one() };
    if (kind === 'text' && next() < 0.4) return { op: pick(TEXTUAL), field: name, value: one() };
    if (next() < 0.1) return { op: 'between', field: name, value: [one(), one()] };
    return { op: pick(ORDERED), field: name, value: next() < 0.1 ? null : one() };
  };
  const leaf = (object: keyof typeof fields, depth: number): Filter => {
    const way = next();
    if (depth > 0 && way < 0.25 && links[object].length > 0) {
      const relation = links[object][0] as 'parent' | 'child';
      const where = filter(relation, depth - 1);
      return { op: next() < 0.7 ? 'related' : 'some', relation, where };
    }
    if (depth > 0 && way < 0.45 && object !== 'item') {
      const relation = object === 'parent' ? 'child' : 'item';
      return { op: 'some', relation, where: filter(relation, depth - 1) };
    }
    const numbers = fields[object].filter(({ kind }) => kind === 'integer' || kind === 'decimal');
    if (way > 0.92 && numbers.length > 1) {
      const operator = pick(['eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const);
      const [field, other] = [pick(numbers).name, pick(numbers).name];
      return { op: 'compareFields', operator, field, other };
    }
    return comparison(pick(fields[object]));
  };
  const filter = (object: keyof typeof fields, depth: number): Filter => {
    const way = next();
    if (depth === 0 || way < 0.4) return leaf(object, depth);
    if (way < 0.55) return { op: 'not', arg: filter(object, depth - 1) };
    const args = Array.from({ length: below(3) }, () => filter(object, depth - 1));
    return { op: way < 0.8 ? 'and' : 'or', args };
  };
  const sortable = (object: 'parent' | 'child') =>
    fields[object].filter(({ kind }) => kind !== 'tags').map(({ name }) => name);
  const paths = [...sortable('child'), ...sortable('parent').map((name) => `parent.${name}`)];
  const orderBy = (): SortKey[] =>
    [...new Set(Array.from({ length: below(3) }, () => pick(paths)))].map((field) => ({
      field,
      direction: next() < 0.5 ? 'asc' : 'desc',
    }));

  const aggregations = (): AggregateItem[] => {
    const single = fields.child.filter(({ kind }) => kind !== 'tags' && kind !== 'boolean');
    const numbers = fields.child.filter(({ kind }) => kind === 'integer' || kind === 'decimal');
    const items: AggregateItem[] = [{ function: 'count', alias: 'n' }];
    for (let at = 0; at < below(4); at += 1) {
      const operation = pick(['count', 'count_distinct', 'sum', 'avg', 'min', 'max'] as const);
      const list = operation === 'sum' || operation === 'avg' ? numbers : single;
      const item: AggregateItem = { function: operation, field: pick(list).name, alias: `a${at}` };
      items.push(next() < 0.3 ? { ...item, where: filter('child', 2) } : item);
    }
    return items;
  };
  const groupKeys = (): GroupKey[] => {
    const dates = fields.child.filter(({ kind }) => kind === 'date' || kind === 'datetime');
    const keys: GroupKey[] = Array.from({ length: below(3) }, (_, at) => ({
      field: pick(paths),
      alias: `g${at}`,
    }));
    if (dates.length > 0 && next() < 0.4) {
      const bucket = pick(['day', 'week', 'month', 'quarter', 'year'] as const);
      const timeZone = pick(['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu']);
      keys.push({ field: pick(dates).name, bucket, timeZone, alias: 'span' });
    }
    return keys;
  };

  return {
    objects,
    rows,
    nextQuery: () => ({ where: filter('child', 4), orderBy: orderBy() }),
    nextAggregate: () => {
      const having = { op: 'gte', field: 'n', value: 1 + below(3) } as const;
      return {
        groupBy: groupKeys(),
        aggregations: aggregations(),
        where: filter('child', 3),
        ...(next() < 0.3 ? { having } : {}),
        limit: 1_000,
      };
    },
  };
}
