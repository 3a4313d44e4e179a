import type { Row } from '@objectql/core/driver';
import type { Document } from 'mongodb';
import { storageFailed } from '../errors.js';
import { keyOf } from '../schema/catalog.js';
import type { ColumnView, TableView } from '../query/view.js';
import { encodeStored } from '../values/encode.js';

/**
 * The document of a row. Empty fields are absent: an index then knows which rows have a value.
 *
 * @throws `storage_failed` for an unknown column, a required one without a value, or a number of a
 * sequence; `unsupported_value`
 */
export function documentOf(row: Row, view: TableView): Document {
  const document: Document = {};
  let known = 0;
  for (const column of view.columns) {
    const given = Object.hasOwn(row, column.name);
    if (given) known += 1;
    const value = stored(given ? row[column.name] : null, column);
    if (value === null) continue;
    if (column.name === view.stored.sequence) {
      throw storageFailed(`a row that brings its own "${view.name}.${column.name}"`);
    }
    document[column.path] = value;
  }
  // Finds the unknown name, which refuses the row; the check itself costs only a count.
  if (Object.keys(row).length !== known) Object.keys(row).forEach((name) => view.column(name));
  return document;
}

/**
 * The update that sets columns.
 *
 * @throws `storage_failed` for an unknown column, an emptied required one, the key, or no column;
 * `unsupported_value`
 */
export function updateOf(set: Row, view: TableView): Document {
  const $set: Document = {};
  const $unset: Document = {};
  for (const [name, value] of Object.entries(set)) {
    const column = view.column(name);
    if (name === keyOf(view.stored)) throw storageFailed(`an update of the key "${name}"`);
    const encoded = stored(value, column);
    if (encoded === null) $unset[column.path] = '';
    else $set[column.path] = encoded;
  }
  const update = {
    ...(Object.keys($set).length === 0 ? {} : { $set }),
    ...(Object.keys($unset).length === 0 ? {} : { $unset }),
  };
  if (Object.keys(update).length > 0) return update;
  throw storageFailed(`an update of "${view.name}" that sets nothing`);
}

function stored(value: unknown, column: ColumnView): unknown {
  const encoded = encodeStored(value, column);
  if (encoded !== null || !column.required) return encoded;
  throw storageFailed(`a row without a value for "${column.table}.${column.name}"`);
}
