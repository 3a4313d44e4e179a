import type { FollowedRows, FollowStatement } from '@objectql/core/driver';
import type { Document } from 'mongodb';
import { storageFailed } from '../errors.js';
import { KEY_FIELD } from '../schema/catalog.js';
import { filterStages, statementScope } from './filter.js';
import { projection, rowMaker } from './find.js';
import { pageStages } from './page.js';
import type { Views } from './view.js';

/** A pipeline whose answer can be read on from. */
export interface FollowQuery {
  readonly collection: string;
  readonly pipeline: readonly Document[];
  readonly toRows: (documents: readonly Document[]) => FollowedRows;
}

/**
 * The next rows of a table with numbers. Writers run one after another, so a smaller number never
 * appears after a greater one.
 *
 * @throws `storage_failed` for a table without a sequence, and a cursor that is none
 */
export function followQuery(statement: FollowStatement, views: Views): FollowQuery {
  const table = views(statement.table);
  const { sequence, collection } = table.stored;
  if (sequence === undefined) throw storageFailed(`"${table.name}" without numbers`);
  const after = readCursor(statement.after);
  const selected = statement.columns.map((name) => table.column(name));
  const toRows = rowMaker(selected, ({ path }) => path);
  return {
    collection,
    pipeline: [
      ...(after === undefined ? [] : [{ $match: { [KEY_FIELD]: { $gt: after } } }]),
      ...filterStages(statement.where, statementScope(table, views)),
      { $sort: { [KEY_FIELD]: 1 } },
      ...pageStages({ limit: statement.limit }),
      { $project: { ...projection(selected), [KEY_FIELD]: 1 } },
    ],
    toRows: (documents) => ({
      rows: toRows(documents),
      cursor: documents.length === 0 ? statement.after : String(documents.at(-1)?.[KEY_FIELD]),
    }),
  };
}

function readCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor);
  throw storageFailed(`the cursor "${cursor.slice(0, 50)}"`);
}
