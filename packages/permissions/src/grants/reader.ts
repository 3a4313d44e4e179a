import { isObjectOSError } from '@objectos/spec/errors';
import {
  systemContext,
  type DataEngine,
  type ExecutionContext,
  type Filter,
  type RecordData,
  type Scalar,
} from '@objectos/spec/contracts';

/** Reads records of this plugin's objects as the plugin itself. */
export interface RecordReader {
  /** All rows of the tenant (and those of the whole installation) that match. */
  all(object: string, tenantId: string | null, where?: Filter): Promise<RecordData[]>;
  /** One record by id, or nothing. */
  one(object: string, id: string): Promise<RecordData | undefined>;
  /** The rows of every tenant whose columns have these values. */
  having(object: string, columns: RecordData): Promise<RecordData[]>;
  /** The same for records of any object, as far as the tenant can have to do with them. */
  of(tenantId: string | null): Pick<RecordReader, 'one' | 'having'>;
}

const PAGE = 1_000;

/** Makes a reader over the engine. */
export function createReader(engine: Pick<DataEngine, 'find'>): RecordReader {
  const everywhere = (): ExecutionContext => systemContext('permissions');

  async function pages(
    object: string,
    conditions: readonly Filter[],
    context = everywhere,
  ): Promise<RecordData[]> {
    const rows: RecordData[] = [];
    let after: string | undefined;
    for (;;) {
      const page = await engine.find(
        object,
        {
          where: { op: 'and', args: [...conditions, ...past(after)] },
          orderBy: [{ field: 'id', direction: 'asc' }],
          limit: PAGE,
        },
        context(),
      );
      rows.push(...page.records);
      if (!page.hasMore) return rows;
      after = page.records.at(-1)?.['id'] as string;
    }
  }

  return {
    all: (object, tenantId, where) =>
      pages(object, where === undefined ? [ofTenant(tenantId)] : [ofTenant(tenantId), where]),
    ...readerIn(everywhere),
    of(tenantId) {
      const place = tenantId === null ? { installation: true } : { tenantId };
      const there = readerIn(() => systemContext('permissions', place));
      const all = readerIn(everywhere);
      // Where organizations have schemas, nobody can look into all of them.
      const elsewhere = <T>(read: (reader: Pick<RecordReader, 'one' | 'having'>) => Promise<T>) =>
        read(all).catch((error: unknown) => {
          if (isObjectOSError(error, 'tenant_required')) return read(there);
          throw error;
        });
      return {
        having: (object, columns) => elsewhere((reader) => reader.having(object, columns)),
        one: (object, id) => elsewhere((reader) => reader.one(object, id)),
      };
    },
  };

  function readerIn(context: () => ExecutionContext): Pick<RecordReader, 'one' | 'having'> {
    return {
      having: (object, columns) => pages(object, equal(columns), context),
      async one(object, id) {
        const where: Filter = { op: 'eq', field: 'id', value: id };
        return (await engine.find(object, { where, limit: 1 }, context())).records[0];
      },
    };
  }
}

function equal(columns: RecordData): Filter[] {
  return Object.entries(columns).map(([field, value]) => ({
    op: 'eq',
    field,
    value: value as Scalar,
  }));
}

/** Records without an organization belong to the whole installation. */
function ofTenant(tenantId: string | null): Filter {
  const shared: Filter = { op: 'isNull', field: 'organization_id', value: true };
  if (tenantId === null) return shared;
  return { op: 'or', args: [{ op: 'eq', field: 'organization_id', value: tenantId }, shared] };
}

function past(id: string | undefined): Filter[] {
  return id === undefined ? [] : [{ op: 'gt', field: 'id', value: id }];
}
