import {
  compileFormulaSql,
  type BlankMode,
  type CompiledFormula,
  type SqlColumn,
  type SqlDialectName,
} from '@objectos/formula';
import type { ColumnSchema } from '../../driver/contract.js';
import type { FieldMeta, FormulaStep, ObjectMeta } from '../compiled.js';
import { contentHash } from '../compile/hash.js';
import { placesOf } from './places.js';
import { resolvePath } from './path.js';

/** Where the qualifier of a row's own columns belongs; see `ColumnSchema.expression`. */
const ROW = '\0';
/** Where the schema of an organization belongs; see `ColumnSchema.expression`. */
const PLACE = '\u0001';

/** What writing a formula as SQL needs. */
export interface ExpressionScope {
  readonly objects: ReadonlyMap<string, ObjectMeta>;
  readonly object: ObjectMeta;
  /** A formula or summary that this one reads, compiled: its column and digits are known. */
  linkedField(object: string, field: string): FieldMeta | undefined;
  /** A formula that this one reads, with its SQL. */
  compiledField(object: string, field: string): CompiledField | undefined;
}

/** A compiled formula field, with its SQL. */
export interface CompiledField {
  readonly field: FieldMeta;
  readonly expression: Expression;
}

/** The SQL of a formula in every dialect, or why there is none. */
export type Expression =
  | { readonly sql: NonNullable<ColumnSchema['expression']>; readonly refused?: undefined }
  | { readonly sql?: undefined; readonly refused: string };

/** Writes a formula for all databases; what one of them cannot do is refused for all. */
export function expressionOf(
  compiled: CompiledFormula,
  options: { readonly scale: number | undefined; readonly blankAs: BlankMode },
  scope: ExpressionScope,
): Expression {
  const write = (dialect: SqlDialectName): Expression['sql'] | string => {
    let inner: string | undefined;
    const outcome = compileFormulaSql(compiled, {
      dialect,
      ...options,
      column(path) {
        const column = columnOf(path, dialect, scope);
        if (typeof column !== 'string') return column;
        inner = column;
        return undefined;
      },
    });
    return outcome.ok ? { sqlite: outcome.sql, postgres: outcome.sql } : (inner ?? outcome.reason);
  };
  const [sqlite, postgres] = [write('sqlite'), write('postgres')];
  if (typeof sqlite !== 'object') return { refused: sqlite ?? '' };
  if (typeof postgres !== 'object') return { refused: postgres ?? '' };
  return { sql: { sqlite: sqlite.sqlite, postgres: postgres.postgres } };
}

function columnOf(
  path: readonly string[],
  dialect: SqlDialectName,
  scope: ExpressionScope,
): SqlColumn | string {
  const found = resolvePath(scope.objects, scope.object, path);
  if (found === undefined) return `"${path.join('.')}" is no column`;
  const { field, read } = found;
  const own = ownColumn(read.object, field, dialect, scope);
  if (typeof own === 'string') return own;
  const sql = read.steps.reduceRight(
    (value, step, at) => relatedValue(value, step, aliasOf(scope.object, path, at), scope),
    own.sql,
  );
  return { ...own, sql };
}

function ownColumn(
  object: string,
  found: FieldMeta,
  dialect: SqlDialectName,
  scope: ExpressionScope,
): SqlColumn | string {
  const computed = found.type === 'formula' ? scope.compiledField(object, found.name) : undefined;
  const field = scope.linkedField(object, found.name) ?? found;
  const type = field.multiple ? 'list' : field.column;
  if (type === 'json') return `"${field.name}" holds no single value`;
  const scale = placesOf(field);
  if (found.type !== 'formula') return { sql: `${ROW}"${field.name}"`, type, scale };
  const { sql, refused } = computed?.expression ?? {};
  if (sql !== undefined) return { sql: sql[dialect], type, scale };
  return `it reads "${field.name}", for which holds: ${refused ?? 'it has no value'}`;
}

/**
 * The value in the related row: none in the trash, and none of another organization, as if the
 * relation led nowhere.
 */
function relatedValue(
  value: string,
  { field, target }: FormulaStep,
  alias: string,
  { objects }: ExpressionScope,
): string {
  const terms = [`${alias}."id" = ${ROW}"${field}"`];
  const related = objects.get(target);
  // Who is seen by membership belongs to no organization; in one, the database computes no formula over it.
  if (related?.definition.membership === undefined) {
    terms.push(`${alias}."organization_id" IS NOT DISTINCT FROM ${ROW}"organization_id"`);
  }
  if (related?.softDelete === true) terms.push(`${alias}."deleted_at" IS NULL`);
  const table = `${related?.table.tenant === true ? PLACE : ''}"${target}"`;
  const inner = value.replaceAll(ROW, `${alias}.`);
  return `(SELECT ${inner} FROM ${table} AS ${alias} WHERE ${terms.join(' AND ')})`;
}

/** Unlike any other in the statement: a formula that is read inside another one has its own. */
function aliasOf(object: ObjectMeta, path: readonly string[], at: number): string {
  return `"f:${contentHash(`${object.name} ${path.join('.')} ${String(at)}`).slice(0, 10)}"`;
}
