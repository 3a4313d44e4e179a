import { Decimal128, type Document } from 'mongodb';
import type { Row, TableSchema } from '@objectql/core/driver';
import { EMPTY_CATALOG } from '../src/schema/catalog.js';
import { planChanges } from '../src/schema/changes.js';
import { createViews, type Views } from '../src/query/view.js';
import { documentOf } from '../src/write/documents.js';

/** The views of tables that were just made. */
export function viewsOf(...tables: readonly TableSchema[]): Views {
  const changes = tables.map((table) => ({ kind: 'createTable', table }) as const);
  return createViews(planChanges(EMPTY_CATALOG, changes, new Set()).catalog);
}

/** Documents as mingo knows them: it has no types of BSON beyond those of JavaScript. */
export function plainDocuments(table: TableSchema, rows: readonly Row[]): Document[] {
  const view = viewsOf(table)(table);
  return rows.map((row) => withPlainNumbers(documentOf(row, view)) as Document);
}

/** Replaces 64-bit integers and decimals by numbers. */
export function withPlainNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Decimal128) return Number(value.toString());
  if (Array.isArray(value)) return value.map(withPlainNumbers);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, withPlainNumbers(member)]),
  );
}
