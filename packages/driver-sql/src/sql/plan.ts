import type { ColumnSchema, IndexSchema, Row, TableSchema } from '@objectql/core/driver';
import type { Dialect } from './dialect.js';
import { createError } from '@objectos/spec/errors';
import { storageFailed } from './errors.js';
import type { TenantPlanners } from './tenants.js';
import { decoderOf, storedEncoder, type Encode, type ValueColumn } from './values.js';

/** A column with everything that statements need of it. */
export interface ColumnPlan extends ValueColumn {
  readonly quoted: string;
  /** The primary key. */
  readonly key: boolean;
  /** A virtual column: what it is for rows that are called by the alias. */
  readonly expression?: ((alias: string) => string) | undefined;
}

/** A column that values are stored in. */
export interface StoredColumn extends ColumnPlan {
  /**
   * Turns a value into what is bound.
   *
   * @throws `unsupported_value`; `storage_failed` for no value where every row must have one (the
   * database numbers sequences itself)
   */
  readonly store: Encode;
}

/** The column as text for rows that are called by an alias. */
export function qualified(column: ColumnPlan, alias: string): string {
  return column.expression?.(alias) ?? `${alias}.${column.quoted}`;
}

/** The column for use among rows that are called by an alias; stored ones need no qualifier there. */
export function within(column: ColumnPlan, alias: string): ColumnPlan {
  const { expression } = column;
  return expression === undefined ? column : { ...column, quoted: expression(alias) };
}

/** A list of columns to select: its SQL text, and how rows are made of what comes back. */
export interface Selection {
  readonly text: string;
  readonly toRows: (stored: readonly unknown[][]) => Row[];
}

/** A table, prepared once, so that statements are made by joining texts. */
export interface TablePlan {
  readonly name: string;
  /** What its rows are called in a statement that gives them no alias. */
  readonly quoted: string;
  /** Where its rows are: what stands after `FROM`. */
  readonly source: string;
  /** What is stored: all columns but the virtual ones. */
  readonly columns: readonly StoredColumn[];
  /** The columns that an insert gives values for. */
  readonly inserted: readonly StoredColumn[];
  /** Names of the columns that a change of can make a duplicate. */
  readonly uniqueColumns: ReadonlySet<string>;
  /** Any column. @throws `storage_failed` when the table has no such column. */
  column(name: string): ColumnPlan;
  /** A column that is stored. @throws `storage_failed` when the table has none of this name. */
  stored(name: string): StoredColumn;
  select(columns: readonly string[]): Selection;
  /** Text of an insert of `rows` rows. */
  insertText(rows: number): string;
}

/** Prepares tables for one dialect; a table is prepared once per object. */
export interface Planner {
  readonly dialect: Dialect;
  /** The organization whose tables are meant; `null`: none's; `undefined`: nobody chose. */
  readonly place: string | null | undefined;
  /** Present where each organization has a schema of its own. */
  readonly tenants?: TenantPlanners | undefined;
  /** Told the text of each statement of a session. */
  readonly observe?: ((text: string) => void) | undefined;
  plan(table: TableSchema): TablePlan;
}

/** Makes the planner of a driver without schemas of organizations. */
export function createPlanner(dialect: Dialect, observe?: Planner['observe']): Planner {
  return plannerOf({ dialect, observe, place: null }, '');
}

/** A planner for one place; `schema` stands before the names of tables that are marked `tenant`. */
export function plannerOf(
  base: Pick<Planner, 'dialect' | 'observe' | 'place' | 'tenants'>,
  schema: string,
): Planner {
  const plans = new WeakMap<TableSchema, TablePlan>();
  return {
    ...base,
    plan(table) {
      let plan = plans.get(table);
      if (plan === undefined) {
        if (table.tenant === true && base.place === undefined) {
          throw createError('tenant_required', { table: table.name });
        }
        plan = planTable(table, base.dialect, schema);
        plans.set(table, plan);
      }
      return plan;
    },
  };
}

function planTable(table: TableSchema, dialect: Dialect, schema: string): TablePlan {
  const quoted = dialect.quote(table.name);
  const source = table.tenant === true ? schema + quoted : quoted;
  const all = table.columns.map((column) => planColumn(table, column, { dialect, schema }));
  const columns = all.filter((column) => 'store' in column);
  const byName = new Map<string, ColumnPlan>(all.map((column) => [column.name, column]));
  const storedByName = new Map(columns.map((column) => [column.name, column]));
  const selections = new WeakMap<readonly string[], Selection>();
  const inserts = new Map<number, string>();
  const inserted = dialect.insertsSequence
    ? columns
    : columns.filter((column) => column.name !== table.sequence);
  const columnList = inserted.map((column) => column.quoted).join(', ');

  const among =
    <C>(known: ReadonlyMap<string, C>) =>
    (name: string): C => {
      const column = known.get(name);
      if (column !== undefined) return column;
      throw storageFailed(dialect.name, `column "${name}", which "${table.name}" does not have`);
    };
  const find = among(byName);
  return {
    name: table.name,
    quoted,
    source,
    columns,
    inserted,
    uniqueColumns: new Set([
      table.sequence ?? 'id',
      ...table.indexes.flatMap((index) => (index.unique ? uniqueColumns(index) : [])),
    ]),
    column: find,
    stored: among(storedByName),
    select(names) {
      let selection = selections.get(names);
      if (selection === undefined) {
        selection = planSelection(names.map(find));
        selections.set(names, selection);
      }
      return selection;
    },
    insertText(rows) {
      let text = inserts.get(rows);
      if (text === undefined) {
        text = `INSERT INTO ${source} (${columnList}) VALUES ${valueGroups(rows, inserted.length, dialect)}`;
        inserts.set(rows, text);
      }
      return text;
    },
  };
}

function planColumn(
  table: TableSchema,
  column: ColumnSchema,
  { dialect, schema }: { readonly dialect: Dialect; readonly schema: string },
): ColumnPlan | StoredColumn {
  const texts: Readonly<Partial<Record<string, string>>> = column.expression ?? {};
  const text = texts[dialect.name]?.replaceAll('\u0001', schema);
  const valued = { table: table.name, name: column.name, type: column.type };
  const key = column.name === (table.sequence ?? 'id');
  if (text === undefined) {
    const store = storedEncoder(valued, (value, of) => dialect.encode(value, of));
    const isRequired = !column.nullable && column.name !== table.sequence;
    return {
      ...valued,
      key,
      quoted: dialect.quote(column.name),
      store: isRequired ? withValue(valued, store, dialect) : store,
    };
  }
  // The name of a virtual column never becomes SQL, so it may be anything.
  const expression = (alias: string): string => text.replaceAll('\0', `${alias}.`);
  return { ...valued, key, quoted: expression(dialect.quote(table.name)), expression };
}

/** Refuses what would be empty in a column that must not be. */
function withValue(column: ValueColumn, encode: Encode, dialect: Dialect): Encode {
  return (value) => {
    const encoded = encode(value);
    if (encoded !== null) return encoded;
    throw storageFailed(dialect.name, `a row without a value for "${column.table}.${column.name}"`);
  };
}

/** A row that comes back from the trash can meet another with its value. */
function uniqueColumns({ columns, liveOnly, perTenant }: IndexSchema): readonly string[] {
  return [
    ...columns,
    ...(liveOnly === true ? ['deleted_at'] : []),
    ...(perTenant === true ? ['organization_id'] : []),
  ];
}

function valueGroups(rows: number, width: number, dialect: Dialect): string {
  const groups: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    const parameters = Array.from({ length: width }, (_, index) =>
      dialect.parameter(row * width + index + 1),
    );
    groups.push(`(${parameters.join(', ')})`);
  }
  return groups.join(', ');
}

/** Prepares a list of columns to select. */
export function planSelection(columns: readonly ColumnPlan[]): Selection {
  const names = columns.map((column) => column.name);
  const decoders = columns.map((column) => decoderOf(column.type));
  const decoded = decoders.flatMap((decoder, index) => (decoder === undefined ? [] : [index]));
  // All rows are copies of one object, so they share a shape and serialise fast.
  const template: Row = Object.fromEntries(names.map((name) => [name, null]));
  const toRow = (stored: unknown[]): Row => {
    for (const index of decoded) stored[index] = decoders[index]?.(stored[index]);
    const row: Row = { ...template };
    for (let index = 0; index < names.length; index += 1)
      row[names[index] as string] = stored[index];
    return row;
  };
  return {
    text: columns.map((column) => column.quoted).join(', '),
    toRows: (stored) => stored.map(toRow),
  };
}
