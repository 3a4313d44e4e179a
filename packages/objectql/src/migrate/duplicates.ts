import type { RowFilter } from '../driver/row-filter.js';
import type { DriverSession, IndexSchema, Row } from '../driver/contract.js';
import { columnOf } from './rows.js';
import type { RowSource } from './steps.js';

/** Values of a future unique index that occur more than once. */
export interface Duplicates {
  readonly count: number;
  /** The first of them with the records that have them. */
  readonly samples: readonly string[];
}

const NAMED_RECORDS = 3;

/** Finds what would break a unique index: the index ignores records with an empty value, so do we. */
export async function countDuplicates(
  session: DriverSession,
  source: RowSource,
  index: IndexSchema,
  limit: number,
): Promise<Duplicates> {
  const columns = index.columns.flatMap((column) => columnOf(source, column) ?? []);
  // A column that is new is empty everywhere.
  if (columns.length < index.columns.length) return { count: 0, samples: [] };
  const conditions: RowFilter[] = columns.map((field) => ({ op: 'isNull', field, value: false }));
  if (index.liveOnly === true && columnOf(source, 'deleted_at') !== undefined) {
    conditions.push({ op: 'isNull', field: 'deleted_at', value: true });
  }
  const tenant = index.perTenant === true ? columnOf(source, 'organization_id') : undefined;
  const twice = await session.aggregate({
    table: source.table,
    groupBy: tenant === undefined ? columns : [...columns, tenant],
    aggregations: [{ function: 'count', alias: 'n' }],
    where: { op: 'and', args: conditions },
    having: { op: 'gt', field: 'n', value: 1 },
  });
  const samples: string[] = [];
  for (const group of twice.slice(0, limit)) {
    samples.push(await describe(session, { source, columns, tenant, group, conditions }));
  }
  return { count: twice.length, samples };
}

interface Group {
  readonly source: RowSource;
  readonly columns: readonly string[];
  readonly tenant: string | undefined;
  readonly group: Row;
  readonly conditions: readonly RowFilter[];
}

async function describe(session: DriverSession, found: Group): Promise<string> {
  const { source, columns, tenant, group, conditions } = found;
  const keys = tenant === undefined ? columns : [...columns, tenant];
  const same = keys.map((field): RowFilter => ({
    op: 'eq',
    field,
    value: group[field] as string | number | boolean | null,
  }));
  const rows = await session.find({
    table: source.table,
    columns: ['id'],
    where: { op: 'and', args: [...conditions, ...same] },
    orderBy: [{ field: 'id', direction: 'asc' }],
    limit: NAMED_RECORDS,
  });
  const ids = rows.map((row) => String(row['id'])).join(', ');
  const more = Number(group['n']) > rows.length ? ', …' : '';
  const values = columns.map((column) => JSON.stringify(group[column])).join(', ');
  return `${values} in the records ${ids}${more}`;
}
