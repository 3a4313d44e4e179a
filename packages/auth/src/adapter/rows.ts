import type { CleanedWhere } from '@better-auth/core/db/adapter';
import type { DataEngine, ExecutionContext, RecordData, SortKey } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { Naming } from './names.js';
import { toFilter } from './where.js';

const PAGE = 500;
const ATTEMPTS = 20;

/** What rows are read and written with. */
export interface RowsOptions {
  readonly engine: DataEngine;
  readonly context: () => ExecutionContext;
  readonly naming: Naming;
  /** Names of the columns of a model, as better-auth calls them. */
  readonly columns: (model: string) => readonly string[];
  /** The column of a field; `select` names fields, everything else columns. */
  readonly columnOf: (model: string, field: string) => string;
}

/** A query of better-auth. */
export interface RowQuery {
  readonly where?: readonly CleanedWhere[] | undefined;
  readonly select?: readonly string[] | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly sortBy?: { readonly field: string; readonly direction: 'asc' | 'desc' } | undefined;
}

/** Records of the engine under the names that better-auth gives models and fields. */
export type Rows = ReturnType<typeof createRows>;

/** Makes the translation between better-auth's rows and the engine's records. */
export function createRows({ engine, context, naming, columns, columnOf }: RowsOptions) {
  const names = new Map<string, ReadonlyMap<string, string>>();

  function namesOf(model: string): ReadonlyMap<string, string> {
    const known =
      names.get(model) ?? new Map(columns(model).map((name) => [naming.field(name), name]));
    names.set(model, known);
    return known;
  }

  function toRow(model: string, record: RecordData): RecordData {
    const row: RecordData = { id: record['id'] };
    for (const [field, name] of namesOf(model)) {
      if (field in record) row[name] = record[field] ?? null;
    }
    return row;
  }

  function toRecord(data: RecordData): RecordData {
    const record: RecordData = {};
    for (const [name, value] of Object.entries(data)) {
      const field = naming.field(name);
      if (value !== undefined && !naming.isStamp(field)) record[field] = value;
    }
    return record;
  }

  return {
    async create(model: string, data: RecordData): Promise<RecordData> {
      const record = toRecord(data);
      const object = naming.object(model);
      return toRow(model, await engine.insert(object, record, context(), { acceptId: true }));
    },

    async find(model: string, query: RowQuery): Promise<RecordData[]> {
      const rows = (await select(model, query)).map((record) => toRow(model, record));
      const keepsId = query.select === undefined || query.select.length === 0;
      if (!keepsId && !query.select.includes('id')) for (const row of rows) delete row['id'];
      return rows;
    },

    count(model: string, where: readonly CleanedWhere[]): Promise<number> {
      return engine.count(naming.object(model), { where: toFilter(where, naming) }, context());
    },

    async updateOne(
      model: string,
      where: readonly CleanedWhere[],
      data: RecordData,
    ): Promise<RecordData | null> {
      const [found] = await select(model, { where, select: ['id'], limit: 1 });
      if (where.length === 0 || found === undefined) return null;
      const object = naming.object(model);
      return toRow(model, await engine.update(object, idOf(found), toRecord(data), context()));
    },

    async updateMany(
      model: string,
      where: readonly CleanedWhere[],
      data: RecordData,
    ): Promise<number> {
      const found = await selectAll(model, where);
      const change = toRecord(data);
      const rows = found.map((record) => ({ id: idOf(record), data: change }));
      await inPages(rows, (page) => engine.updateMany(naming.object(model), page, context()));
      return rows.length;
    },

    async deleteMany(model: string, where: readonly CleanedWhere[]): Promise<number> {
      const ids = (await selectAll(model, where)).map(idOf);
      let deleted = 0;
      for (const id of ids) if (await removes(model, id)) deleted += 1;
      return deleted;
    },

    /** Deletes one match and gives it to one caller, however many ask at once. */
    async consumeOne(model: string, where: readonly CleanedWhere[]): Promise<RecordData | null> {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        const [found] = await select(model, { where, limit: 1 });
        if (found === undefined) return null;
        if (await removes(model, idOf(found), revisionOf(found))) return toRow(model, found);
      }
      return null;
    },

    /** Adds to numbers of one match while it still matches. @throws `concurrent_modification` */
    async incrementOne(
      model: string,
      where: readonly CleanedWhere[],
      change: { increment: Readonly<Record<string, number>>; set: RecordData },
    ): Promise<RecordData | null> {
      for (let attempt = 1; ; attempt += 1) {
        const [found] = await select(model, { where, limit: 1 });
        if (found === undefined) return null;
        const data = toRecord(change.set);
        for (const [name, by] of Object.entries(change.increment)) {
          const field = naming.field(name);
          data[field] = Number(found[field] ?? 0) + by;
        }
        const options = { ifRevision: revisionOf(found) };
        try {
          const object = naming.object(model);
          return toRow(model, await engine.update(object, idOf(found), data, context(), options));
        } catch (error) {
          if (!isLostRace(error) || attempt === ATTEMPTS) throw error;
        }
      }
    },
  };

  async function select(model: string, query: RowQuery): Promise<RecordData[]> {
    const { limit = PAGE, offset = 0 } = query;
    const fields = query.select?.map((name) => naming.field(columnOf(model, name)));
    const orderBy = sortKeys(query.sortBy);
    const where = toFilter(query.where ?? [], naming);
    const records: RecordData[] = [];
    while (records.length < limit) {
      const page = await engine.find(
        naming.object(model),
        {
          where,
          orderBy,
          offset: offset + records.length,
          limit: Math.min(PAGE, limit - records.length),
          ...(fields === undefined || fields.length === 0 ? {} : { fields }),
        },
        context(),
      );
      records.push(...page.records);
      if (!page.hasMore) break;
    }
    return records;
  }

  function selectAll(model: string, where: readonly CleanedWhere[]): Promise<RecordData[]> {
    return select(model, { where, select: ['id'], limit: Number.MAX_SAFE_INTEGER });
  }

  async function removes(model: string, id: string, ifRevision?: number): Promise<boolean> {
    try {
      await engine.delete(naming.object(model), id, context(), { ifRevision });
      return true;
    } catch (error) {
      if (isLostRace(error)) return false;
      throw error;
    }
  }

  function sortKeys(sortBy: RowQuery['sortBy']): SortKey[] | undefined {
    if (sortBy === undefined) return undefined;
    return [{ field: naming.field(sortBy.field), direction: sortBy.direction }];
  }
}

function idOf(record: RecordData): string {
  return record['id'] as string;
}

function revisionOf(record: RecordData): number {
  return record['revision'] as number;
}

function isLostRace(error: unknown): boolean {
  return (
    isObjectOSError(error, 'concurrent_modification') || isObjectOSError(error, 'record_not_found')
  );
}

async function inPages<T>(
  rows: readonly T[],
  write: (page: readonly T[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += PAGE)
    await write(rows.slice(start, start + PAGE));
}
