import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { FieldMeta, MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';

/** Where the values of a column of a file go. */
export type ImportColumn =
  | { readonly kind: 'ignored'; readonly header: string }
  | { readonly kind: 'field'; readonly header: string; readonly field: FieldMeta }
  /** The related record is found by a field of its own, such as `account.code`. */
  | {
      readonly kind: 'lookup';
      readonly header: string;
      readonly field: FieldMeta;
      readonly target: ObjectMeta;
      readonly by: FieldMeta;
    };

/** Columns that we write into the file of failed rows. */
export const ERROR_COLUMNS = ['_row', '_error'] as const;
const OWN_COLUMNS: ReadonlySet<string> = new Set(ERROR_COLUMNS);

/** What is needed to find out what a column means. */
export interface ColumnScope {
  readonly snapshot: MetadataSnapshot;
  readonly meta: ObjectMeta;
  /** The fields that the principal may read; others do not exist. */
  readonly readable: (object: string) => ReadonlySet<string> | undefined;
  /** Header to path of a field, or `null` to leave the column out. */
  readonly mapping: Readonly<Record<string, string | null>>;
}

/**
 * Finds the columns of a file by name: a field, its label, or `relation.field`. Each name is looked
 * up once. Columns that the system maintains are left out, and so are our own of an error file.
 *
 * @throws `import_column_unknown`
 */
export function createColumnFinder(scope: ColumnScope): {
  find(header: string): ImportColumn;
  /** Names of the columns that were left out. */
  ignored(): string[];
} {
  const known = new Map<string, ImportColumn>();
  return {
    find(header) {
      let column = known.get(header);
      if (column === undefined) {
        column = readColumn(scope, header);
        known.set(header, column);
      }
      return column;
    },
    ignored: () =>
      [...known.values()].flatMap(({ kind, header }) =>
        kind === 'ignored' && !OWN_COLUMNS.has(header) ? [header] : [],
      ),
  };
}

function readColumn(scope: ColumnScope, header: string): ImportColumn {
  const mapped = Object.hasOwn(scope.mapping, header) ? scope.mapping[header] : undefined;
  if (mapped === null || OWN_COLUMNS.has(header)) return { kind: 'ignored', header };
  const column = findColumn(scope, header, mapped ?? header);
  if (column !== undefined) return column;
  throw createError('import_column_unknown', {
    object: scope.meta.name,
    column: header.slice(0, 100),
    suggestion: suggest(mapped ?? header, scope.readable(scope.meta.name) ?? []),
  });
}

function findColumn(scope: ColumnScope, header: string, path: string): ImportColumn | undefined {
  const field =
    findField(scope, scope.meta, path) ??
    findTranslation(scope, path) ??
    findEncrypted(scope, path);
  if (field !== undefined) {
    const maintained = field.readOnly && field.name !== 'id';
    return maintained ? { kind: 'ignored', header } : { kind: 'field', header, field };
  }
  const dot = path.indexOf('.');
  if (dot === -1) return undefined;
  const relation = findField(scope, scope.meta, path.slice(0, dot));
  const target =
    relation?.reference === undefined ? undefined : scope.snapshot.objects.get(relation.reference);
  if (relation === undefined || target === undefined) return undefined;
  const by = findField(scope, target, path.slice(dot + 1));
  if (by === undefined) return undefined;
  if (relation.readOnly) return { kind: 'ignored', header };
  return by.name === 'id'
    ? { kind: 'field', header, field: relation }
    : { kind: 'lookup', header, field: relation, target, by };
}

/** A field by name, else by the one label that fits, whatever its case. */
function findField(scope: ColumnScope, meta: ObjectMeta, name: string): FieldMeta | undefined {
  const readable = scope.readable(meta.name);
  return readable === undefined ? undefined : fieldNamed(meta, name, readable);
}

const TRANSLATION = /^(.+?)(?::([\w-]+)| \(([\w-]+)\))$/;

/** A translation of a field: `name:de`, or `Name (de)` as people read it. */
function findTranslation(scope: ColumnScope, name: string): FieldMeta | undefined {
  const [, owner = '', tag, shown = ''] = TRANSLATION.exec(name.trim()) ?? [];
  const field = findField(scope, scope.meta, owner);
  const { locales, keys } = field?.translations ?? {};
  const locale = tag ?? shown;
  if (locale === locales?.[0]) return field;
  return scope.meta.translationKeys.get(keys?.get(locale) ?? '');
}

/** Nobody reads an encrypted field in a list; whether it may be written the engine says. */
function findEncrypted(scope: ColumnScope, name: string): FieldMeta | undefined {
  const { meta } = scope;
  if (scope.readable(meta.name) === undefined) return undefined;
  return fieldNamed(meta, name, meta.encrypted);
}

function fieldNamed(
  meta: ObjectMeta,
  name: string,
  readable: ReadonlySet<string>,
): FieldMeta | undefined {
  const byName = meta.fields.get(name) ?? meta.fields.get(name.trim().toLowerCase());
  if (byName !== undefined && readable.has(byName.name)) return byName;
  const label = name.trim().toLowerCase();
  const labelled = [...meta.fields.values()].filter(
    (field) => readable.has(field.name) && labelOf(field).toLowerCase() === label,
  );
  return labelled.length === 1 ? labelled[0] : undefined;
}

/** The name of a field that people see. */
export function labelOf({ name, definition }: FieldMeta): string {
  if ('label' in definition && definition.label !== undefined) return definition.label;
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
