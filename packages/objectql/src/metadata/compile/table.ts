import type { RecordLanguages } from '@objectos/spec/contracts';
import type { IndexDefinition } from '@objectos/spec/metadata';
import type { ColumnSchema, IndexSchema, TableSchema } from '../../driver/contract.js';
import type { FieldMeta } from '../compiled.js';
import { isLinked } from './fields.js';
import { contentHash } from './hash.js';
import { isTranslated, translationColumns } from './translations.js';

/** What a table is made of. */
export interface TableParts {
  readonly name: string;
  readonly fields: readonly FieldMeta[];
  readonly indexes: readonly IndexDefinition[];
  readonly softDelete: boolean;
  /** Fields that a search looks into, the most telling one first. */
  readonly searchable: readonly string[];
  /** Who owns a record decides who may touch it. */
  readonly owned: boolean;
  /** Its records belong to organizations, not to the installation as a whole. */
  readonly tenant: boolean;
  readonly languages?: RecordLanguages | undefined;
}

const KEYS: ReadonlySet<string> = new Set(['id', 'created_at', 'updated_at', 'revision']);
const MAX_IDENTIFIER = 63;

/** The table of an object. */
export function compileTable(parts: TableParts): TableSchema {
  const { name, fields, softDelete } = parts;
  const columns: ColumnSchema[] = fields
    .filter((field) => field.type !== 'formula' && !isLinked(field.type))
    .map((field) => ({ name: field.name, type: field.column, nullable: !KEYS.has(field.name) }));
  for (const field of fields.filter(isTranslated)) {
    columns.push(...translationColumns(field, parts.languages));
  }
  if (softDelete) columns.push({ name: 'deleted_at', type: 'datetime', nullable: true });
  const indexes = [...compileIndexes(parts), ...searchIndex(parts)];
  return { name, columns, indexes, ...(parts.tenant ? { tenant: true } : {}) };
}

/**
 * Declared indexes, those that lead to the rows of an owner and of an organization, one for each
 * unique field, and one for each relation, which deletes and
 * expansions look up; one is left out where a declared index begins with the same column.
 */
function compileIndexes({ name, fields, indexes, softDelete, owned }: TableParts): IndexSchema[] {
  const made = new Map<string, IndexSchema>();
  const add = (columns: readonly string[], unique: boolean, given?: string): void => {
    const index: IndexSchema = {
      name: given === undefined ? indexName(name, columns, unique) : `${name}_${given}`,
      columns,
      unique,
      ...(unique && softDelete ? { liveOnly: true } : {}),
      // What one organization has is none of another's business, not even that it is taken.
      ...(unique && !columns.includes('organization_id') ? { perTenant: true } : {}),
    };
    made.set(index.name, index);
  };
  for (const index of indexes) add(index.fields, index.unique === true, index.name);
  if (owned) add(['owner_id', 'id'], false);
  add(['organization_id'], false);
  const covered = new Set([...made.values()].map((index) => index.columns[0]));
  for (const field of fields) {
    if (field.type === 'formula' || field.column === 'json' || field.system) continue;
    const { definition } = field;
    if ('unique' in definition && definition.unique === true) add([field.name], true);
    else if (covered.has(field.name)) continue;
    else if (
      field.reference !== undefined ||
      ('index' in definition && definition.index === true)
    ) {
      add([field.name], false);
    }
  }
  return [...made.values()];
}

function searchIndex({ name, searchable }: TableParts): IndexSchema[] {
  if (searchable.length === 0) return [];
  return [{ name: shortened(`fts_${name}`), columns: searchable, unique: false, fullText: true }];
}

function indexName(table: string, columns: readonly string[], unique: boolean): string {
  return shortened(`${unique ? 'ux' : 'ix'}_${table}_${columns.join('_')}`);
}

function shortened(name: string): string {
  return name.length <= MAX_IDENTIFIER
    ? name
    : `${name.slice(0, 50)}_${contentHash(name).slice(0, 12)}`;
}
