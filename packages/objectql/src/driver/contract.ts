import type { MaybePromise, SortKey } from '@objectos/spec/contracts';
import type { DerivedColumn } from './derived-column.js';
import type { GroupKey } from './group-key.js';
import type { RowFilter } from './row-filter.js';

/**
 * The driver contract. A driver stores rows and answers the query AST; permissions, defaults,
 * validation, hooks and relations happen above it. Suite: `driverContract` in `@objectos/testing`.
 *
 * Rows hold API values: text, number, boolean, null, and for `json` columns any JSON value. Dates
 * and times are ISO 8601 text (`2026-01-31`, `09:30:00`, `2026-01-31T09:30:00.000Z`).
 */
export type Row = Record<string, unknown>;

/** Logical column types; each driver maps them to its own. */
export type ColumnType =
  'text' | 'integer' | 'real' | 'decimal' | 'boolean' | 'date' | 'time' | 'datetime' | 'json';

/** One column of a table. */
export interface ColumnSchema {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  /**
   * A virtual column: SQL that computes it from the row, by dialect; nothing is stored. Written when
   * metadata loads, from metadata only. U+0000 stands where the qualifier of the row's own columns
   * belongs. A driver uses it wherever the column is selected, filtered, sorted or grouped by, and
   * leaves it out of inserts and of the schema. Only given to drivers that name a dialect in
   * `capabilities.expressions`; others leave such columns out. U+0001 stands before the name of a
   * table that is marked `tenant`.
   */
  readonly expression?: Readonly<Record<ExpressionDialect, string>> | undefined;
}

/** The SQL that virtual columns are written in. */
export type ExpressionDialect = 'sqlite' | 'postgres';

/** One index. Unique indexes ignore rows in which any of the columns is null. */
export interface IndexSchema {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** Only rows whose `deleted_at` is null take part (so a deleted record frees its unique value). */
  readonly liveOnly?: boolean | undefined;
  /**
   * Of a unique index: values are unique among the rows with the same `organization_id`, and among
   * those without one.
   */
  readonly perTenant?: boolean | undefined;
  /**
   * An index of the words in text columns, which `match` looks into; never unique. Texts count with
   * their first 100,000 characters. A driver that does not declare `fullText` leaves it out.
   */
  readonly fullText?: boolean | undefined;
}

/**
 * A table. Drivers may cache by identity, so an unchanged table should stay the same object. The
 * primary key is always the text column `id`, except where `sequence` names an integer column that
 * the database numbers itself (`id` is then an ordinary column, if there is one).
 */
export interface TableSchema {
  readonly name: string;
  readonly columns: readonly ColumnSchema[];
  readonly indexes: readonly IndexSchema[];
  readonly sequence?: string | undefined;
  /**
   * Holds what belongs to organizations: where each organization has a schema of its own, it has such
   * a table of its own (see {@link TenantSessions}). Otherwise without effect.
   */
  readonly tenant?: boolean | undefined;
}

/** A query against one table. Column names come from the table, never from a request. */
export interface FindStatement {
  readonly table: TableSchema;
  readonly columns: readonly string[];
  readonly where?: RowFilter | undefined;
  readonly orderBy?: readonly SortKey[] | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  /** Columns of this statement only; all its parts may name them. Not with `lock`. */
  readonly derived?: readonly DerivedColumn[] | undefined;
  /**
   * At most `limit` rows, in the order of `orderBy`, for each value of `column`. Not with
   * `distinct` or `lock`.
   */
  readonly perValue?: { readonly column: string; readonly limit: number } | undefined;
  /** Each combination of values once. Sorts by selected columns only; no json columns. */
  readonly distinct?: boolean | undefined;
  /** Only inside a transaction, not with `distinct`, `derived` or `perValue`. */
  readonly lock?: RowLock | undefined;
}

/**
 * Keeps the rows found as they are until the transaction ends; where writers run one after another
 * there is nothing to do. `wait`: nobody else changes them; waits for transactions that hold them.
 * `skip`: the same, without the rows that others hold. `reference`: nobody else removes them, but
 * others may change and refer to them. `remove`: nobody else changes, removes or refers to them.
 */
export type RowLock = 'wait' | 'skip' | 'reference' | 'remove';

/** A count of matching rows. */
export interface CountStatement {
  readonly table: TableSchema;
  readonly where?: RowFilter | undefined;
  /** Stops counting here, so that a count costs no more than that many rows. */
  readonly atMost?: number | undefined;
}

/** Sets columns on every row that matches. */
export interface UpdateStatement {
  readonly table: TableSchema;
  readonly set: Row;
  readonly where: RowFilter;
}

/** Sets columns of rows, of each to values of its own. */
export interface UpdateEachStatement {
  readonly table: TableSchema;
  /** All of them match by the same columns, the key among them, and set the same columns. */
  readonly rows: readonly { readonly match: Row; readonly set: Row }[];
}

/** Removes every row that matches. */
export interface DeleteStatement {
  readonly table: TableSchema;
  readonly where: RowFilter;
}

/**
 * Takes rows for the caller: up to `limit` matching rows that nobody else holds get `set`, and come
 * back with the columns `returning` as they are afterwards, in the order of `orderBy` beforehand.
 */
export interface ClaimStatement {
  readonly table: TableSchema;
  readonly where: RowFilter;
  readonly orderBy: readonly SortKey[];
  readonly limit: number;
  readonly set: Row;
  readonly returning: readonly string[];
}

/** One aggregate of an {@link AggregateStatement}. `count` without a column counts rows. */
export interface Aggregation {
  readonly function: 'count' | 'countDistinct' | 'sum' | 'avg' | 'min' | 'max';
  readonly column?: string | undefined;
  readonly alias: string;
}

/**
 * Aggregates, one row per group. Sums of integers are exact as far as a number is; all other sums
 * and all averages are rounded to 15 significant digits, so that every database answers the same.
 * `having` and `orderBy` name the outputs: aliases, and group columns.
 */
export interface AggregateStatement {
  readonly table: TableSchema;
  readonly aggregations: readonly Aggregation[];
  readonly groupBy?: readonly GroupKey[] | undefined;
  readonly where?: RowFilter | undefined;
  /** Columns of this statement only; groups, aggregations and `where` may name them. */
  readonly derived?: readonly DerivedColumn[] | undefined;
  readonly having?: RowFilter | undefined;
  /** Where it leaves a choice, the groups decide, ascending. */
  readonly orderBy?: readonly SortKey[] | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** Reads on in a table that the database numbers. */
export interface FollowStatement {
  /** Has a `sequence`. */
  readonly table: TableSchema;
  readonly columns: readonly string[];
  /** The cursor of the last answer; absent: from the first row on. */
  readonly after?: string | undefined;
  readonly where?: RowFilter | undefined;
  readonly limit: number;
}

/** The next rows, and where to go on. */
export interface FollowedRows {
  readonly rows: Row[];
  /** Of the last row; that of the statement when there is none. Absent before the first row. */
  readonly cursor: string | undefined;
}

/** Rows that must be there for what is written with them, and stay until the transaction ends. */
export interface ExpectedRows {
  readonly table: TableSchema;
  readonly where: RowFilter;
  /** How many rows match, locked like a `reference`. */
  readonly count: number;
  /** The error where it is another number. */
  readonly refused: () => Error;
}

/** New rows of several tables that are written in one go. */
export interface JointInsert {
  /** Checked first, in this order; nothing is inserted when one fails. */
  readonly expected: readonly ExpectedRows[];
  readonly inserts: readonly { readonly table: TableSchema; readonly rows: readonly Row[] }[];
  /**
   * The caller needs no answer: the database may be asked as late as with the next statement, at the
   * end of nested work, or with the commit. What goes wrong then fails that, and the transaction
   * (or the nested work) with it.
   */
  readonly later: boolean;
}

/**
 * Statements against one state of the database. Each may answer in the same turn (embedded
 * databases) or later; use `MaybePromise` helpers instead of assuming either.
 */
export interface DriverSession {
  find(statement: FindStatement): MaybePromise<Row[]>;
  count(statement: CountStatement): MaybePromise<number>;
  aggregate(statement: AggregateStatement): MaybePromise<Row[]>;
  /**
   * Inserts rows; each must hold a value for every non-nullable column.
   * @throws `duplicate_value` naming the columns of the unique index.
   */
  insert(table: TableSchema, rows: readonly Row[]): MaybePromise<void>;
  /**
   * Checks and inserts in as few round trips as the database allows; absent: {@link insertInTurn}
   * does. Only inside a transaction.
   *
   * @throws `duplicate_value`, and what `refused` of the first failing expectation makes
   */
  insertTogether?(insert: JointInsert): MaybePromise<void>;
  /** @returns how many rows matched. @throws `duplicate_value` */
  update(statement: UpdateStatement): MaybePromise<number>;
  /**
   * Changes many rows with as few statements as the database allows; absent: {@link updateInTurn}
   * does.
   *
   * @returns how many rows matched: of a key that is named twice, one or two. @throws `duplicate_value`
   */
  updateEach?(statement: UpdateEachStatement): MaybePromise<number>;
  /** @returns how many rows were removed. */
  delete(statement: DeleteStatement): MaybePromise<number>;
  /** Only inside a transaction. @throws `duplicate_value` */
  claim(statement: ClaimStatement): MaybePromise<Row[]>;
  /**
   * Reads in an order in which no row can appear later before one that was read. Numbers alone do not
   * promise that: a transaction that commits late may hold a smaller one. Rows of transactions that
   * may still run beside others are therefore left for the next call.
   */
  follow(statement: FollowStatement): MaybePromise<FollowedRows>;
  /**
   * Waits until no other transaction that named the same key is running. Only inside a transaction;
   * where writers run one after another there is nothing to do.
   */
  lockKey(key: string): MaybePromise<void>;
  /**
   * Runs `work` so that its failure undoes only its own statements (a savepoint). Only inside a
   * transaction.
   */
  nested<T>(work: (session: DriverSession) => MaybePromise<T>): MaybePromise<T>;
  /** Present where each organization has a schema of its own. */
  readonly tenants?: TenantSessions | undefined;
}

/** Whose tables a session has: an organization's, those of none (`null`), or neither (`undefined`). */
export type TenantPlace = string | null | undefined;

/**
 * Where each organization has a schema of its own, a session of no chosen place refuses every table
 * that is marked `tenant` with `tenant_required`; other tables it reaches.
 */
export interface TenantSessions {
  /**
   * The same transaction, or the same reader, with the tables of one organization; `null`: with those
   * of the installation itself, whose rows have no organization; `undefined`: with neither.
   */
  of(organization: TenantPlace): DriverSession;
  /**
   * Keeps `Driver.exclusive` of this name away until the transaction ends; false where somebody is in
   * it. Only inside a transaction.
   */
  hold(name: string): MaybePromise<boolean>;
  /** Makes the schema of an organization with these tables. Only inside a transaction. */
  create(organization: string, tables: readonly TableSchema[]): MaybePromise<void>;
  /** Removes the schema of an organization with everything in it. Only inside a transaction. */
  drop(organization: string): MaybePromise<void>;
  /** Moves the rows of an organization between the tables of two places. Only inside a transaction. */
  move(
    organization: string,
    tables: readonly TableSchema[],
    to: 'schema' | 'shared',
  ): MaybePromise<number>;
}

/** What a driver can do; the core answers with `driver_capability_missing` for the rest. */
export interface DriverCapabilities {
  /** Statements of a session answer in the same turn of the event loop. */
  readonly synchronous: boolean;
  /**
   * Transactions run one after another, each seeing all before it. Otherwise they run side by side,
   * see what others commit meanwhile, and lock what they must find unchanged.
   */
  readonly serialWrites: boolean;
  /** How many transactions run side by side before others wait for one to end; absent: one. */
  readonly parallelWrites?: number | undefined;
  readonly aggregate: boolean;
  /** Several rows per insert are one round trip. */
  readonly bulkInsert: boolean;
  readonly decimal: 'exact' | 'double';
  /** Knows full-text indexes, the condition `match` and the derived column `rank`. */
  readonly fullText?: boolean | undefined;
  /** Knows the derived column `distance`. */
  readonly vectors?: boolean | undefined;
  /** The dialect of virtual columns that the driver computes; absent: none. */
  readonly expressions?: ExpressionDialect | undefined;
}

/** How a transaction may be run. */
export interface TransactionOptions {
  /**
   * `shared`: the work is short and needs nothing outside the database, so its commit may be shared
   * with others that run in the same moment; each is acknowledged only after that commit and undone
   * on its own if it fails. `own` (default): a transaction by itself.
   */
  readonly commit?: 'shared' | 'own' | undefined;
}

/** A step from the database as it is to the tables as they should be. */
export type SchemaChange =
  | { readonly kind: 'createTable'; readonly table: TableSchema }
  | { readonly kind: 'addColumn'; readonly table: TableSchema; readonly column: ColumnSchema }
  | { readonly kind: 'createIndex'; readonly table: TableSchema; readonly index: IndexSchema }
  | {
      readonly kind: 'dropIndex';
      readonly table: string;
      readonly index: string;
      /** It is a full-text index. */
      readonly fullText?: boolean | undefined;
    }
  /** Keeps rows, indexes and the numbering of a `sequence`. */
  | { readonly kind: 'renameTable'; readonly from: string; readonly to: string }
  /** Keeps values and indexes; indexes keep their names. */
  | {
      readonly kind: 'renameColumn';
      readonly table: string;
      readonly from: string;
      readonly to: string;
    }
  /** Loses the values. No index may have the column any more. */
  | { readonly kind: 'dropColumn'; readonly table: string; readonly column: string }
  /** Loses the rows. The table has no full-text index any more. */
  | { readonly kind: 'dropTable'; readonly table: string };

/** A connection to a database. */
export interface Driver {
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  /** Idempotent. @throws `driver_unavailable` */
  connect(): Promise<void>;
  /** Waits for running transactions, then closes. Idempotent. */
  close(): Promise<void>;
  health(): Promise<{ readonly up: boolean; readonly detail?: string | undefined }>;
  /** Reads committed rows only. */
  readonly reader: DriverSession;
  /**
   * Runs `work` in one transaction and resolves after its commit is durable. A throw undoes it.
   * Transactions do not nest; use `session.nested`. Where they run side by side, `work` is run again
   * (at most three times) after a deadlock, so it must have no effect outside the session that it
   * can't have twice.
   *
   * @throws `transaction_conflict` when all repetitions failed, `driver_unavailable`
   */
  transaction<T>(
    work: (session: DriverSession) => MaybePromise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
  /** The tables that exist, with columns and indexes as far as this driver made them. */
  introspect(): Promise<TableSchema[]>;
  /**
   * Applies changes in one transaction: all or none. `guard` runs in it first, while nobody else can
   * write to the tables that the changes alter; when it throws, nothing is applied.
   */
  applySchema(
    changes: readonly SchemaChange[],
    guard?: (session: DriverSession) => MaybePromise<void>,
  ): Promise<void>;
  /**
   * Runs `work` while nobody else on this database, in this process or another, runs work of the same
   * name; waits for them. A process that dies frees it. Absent where only one process can be.
   */
  exclusive?<T>(name: string, work: () => Promise<T>): Promise<T>;
  /**
   * Copies the whole database, as it is committed, to a place beside it.
   *
   * @param label a plain identifier that becomes part of the copy's name
   * @returns where the copy is; `undefined` where none is made (a temporary database)
   */
  backup?(label: string): Promise<string | undefined>;
  /**
   * Present where each organization has a schema of its own: the database as if it held nothing but
   * the tables of one organization, or with `null` those of no organization. Tables that are not
   * marked `tenant` can be read and written through it as well; `introspect` and `applySchema` mean
   * the one schema.
   */
  readonly tenant?: ((organization: string | null) => Driver) | undefined;
}
