import type { ValidationDefinition } from '@objectos/spec/metadata';
import type { ObjectMeta } from '../../metadata/compiled.js';
import { conjunction } from '../conjunction.js';
import { wait } from '../steps.js';
import type { Rule } from './rule.js';
import type { RowFilter } from '../../driver/row-filter.js';

type UniqueDefinition = Extract<ValidationDefinition, { type: 'unique' }>;

/**
 * A rule that no other record of the tenant has the same values. Records with an empty value among
 * them never collide. Deleted records do not count.
 */
export function uniqueRule(meta: ObjectMeta, definition: UniqueDefinition): Rule {
  const { fields, caseSensitive = true, name } = definition;
  const live: RowFilter | undefined = meta.softDelete
    ? { op: 'isNull', field: 'deleted_at', value: true }
    : undefined;
  return function* ({ record, previous, id, session }) {
    const values = fields.map((field) => record[field]);
    if (values.some((value) => value === null || value === undefined)) return [];
    if (previous !== undefined && fields.every((field) => previous[field] === record[field]))
      return [];
    // Two writers that look at the same time would both find nothing.
    yield* wait(session.lockKey(JSON.stringify([meta.name, name, ...values.map(folded)])));
    const where = conjunction(
      ...fields.map((field) => equals(field, record[field], caseSensitive)),
      { op: 'ne', field: 'id', value: id },
      {
        op: 'eq',
        field: 'organization_id',
        value: (record['organization_id'] ?? null) as string | null,
      },
      live,
    );
    const others = yield* wait(
      session.find({ table: meta.table, columns: ['id'], where, limit: 1 }),
    );
    if (others.length === 0) return [];
    const message = definition.message ?? `another record already has this ${fields.join(' + ')}`;
    return fields.map((field) => ({ field, code: name, message }));
  };
}

function folded(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

function equals(field: string, value: unknown, caseSensitive: boolean): RowFilter {
  if (caseSensitive || typeof value !== 'string') {
    return { op: 'eq', field, value: value as string };
  }
  return { op: 'ilike', field, value: value.replaceAll(/[\\%_]/g, '\\$&') };
}
