import type {
  AggregateStatement,
  ClaimStatement,
  CountStatement,
  DeleteStatement,
  DriverSession,
  FindStatement,
  FollowedRows,
  FollowStatement,
  Row,
  RowFilter,
  TableSchema,
  UpdateStatement,
} from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import type { Document } from 'mongodb';
import { storageFailed } from './errors.js';
import { aggregateQuery } from './query/aggregate.js';
import { filterStages, plainQuery, statementScope } from './query/filter.js';
import { findQuery } from './query/find.js';
import { followQuery } from './query/follow.js';
import { pageSize } from './query/page.js';
import { walkDerived, walkTrees } from './query/tree.js';
import type { TableView, Views } from './query/view.js';
import { KEY_FIELD, keyOf } from './schema/catalog.js';
import { documentOf, updateOf } from './write/documents.js';
import type { MongoTransaction } from './write/transaction.js';

/** Reads documents outside transactions. */
export interface Reader {
  /** Answers with what `work` makes of the tables; again when another node has changed them. */
  withViews<T>(work: (views: Views) => T): Promise<T>;
  read(collection: string, pipeline: readonly Document[]): Promise<Document[]>;
}

/** A transaction or a nested part of it, as long as it may be used. */
interface Scope {
  readonly parent: Scope | undefined;
  state: 'open' | 'nested' | 'ended';
}

/** Keys of one query, so that it stays far below the 16 MB of a command. */
const KEYS = 20_000;

/** A session on the database, or in a transaction; transactions and nested parts end. */
export class MongoSession implements DriverSession {
  readonly #reader: Reader;
  readonly #transaction: MongoTransaction | undefined;
  readonly #scope: Scope | undefined;

  private constructor(reader: Reader, transaction?: MongoTransaction, scope?: Scope) {
    this.#reader = reader;
    this.#transaction = transaction;
    this.#scope = scope;
  }

  /** A session outside transactions. */
  static reader(reader: Reader): MongoSession {
    return new MongoSession(reader);
  }

  /** A session of a transaction, usable until `end()`. */
  static transaction(transaction: MongoTransaction): MongoSession {
    const reader: Reader = {
      withViews: async (work) => work(transaction.views),
      read: (collection, pipeline) => transaction.read(collection, pipeline),
    };
    return new MongoSession(reader, transaction, { parent: undefined, state: 'open' });
  }

  async find(statement: FindStatement): Promise<Row[]> {
    if (statement.lock !== undefined && this.#scope === undefined) {
      throw storageFailed('a lock outside a transaction');
    }
    this.#assertUsable();
    const walked = await this.#walked(statement);
    const { collection, pipeline, toRows } = await this.#reader.withViews((views) =>
      findQuery(walked, views),
    );
    return toRows(await this.#read(collection, pipeline));
  }

  async count(statement: CountStatement): Promise<number> {
    this.#assertUsable();
    const { table } = statement;
    const where = await this.#where(statement.where);
    const most = pageSize(statement.atMost);
    if (most === 0) return 0;
    const { collection, stages } = await this.#reader.withViews((views) => {
      const view = views(table);
      const found = filterStages(where, statementScope(view, views));
      return { collection: view.stored.collection, stages: found };
    });
    const limit = most === undefined ? [] : [{ $limit: most }];
    const [counted] = await this.#read(collection, [...stages, ...limit, { $count: 'rows' }]);
    return Number(counted?.['rows'] ?? 0);
  }

  async aggregate(statement: AggregateStatement): Promise<Row[]> {
    this.#assertUsable();
    const walked = await this.#walked(statement);
    const { collection, pipeline, toRows } = await this.#reader.withViews((views) =>
      aggregateQuery(walked, views),
    );
    return toRows(await this.#read(collection, pipeline));
  }

  async follow(statement: FollowStatement): Promise<FollowedRows> {
    this.#assertUsable();
    const where = await this.#where(statement.where);
    const { collection, pipeline, toRows } = await this.#reader.withViews((views) =>
      followQuery({ ...statement, where }, views),
    );
    return toRows(await this.#read(collection, pipeline));
  }

  async insert(table: TableSchema, rows: readonly Row[]): Promise<void> {
    const { transaction, view } = this.#writing(table, 'an insert');
    // Everything is checked before anything is written.
    const documents = rows.map((row) => documentOf(row, view));
    if (documents.length === 0) return;
    const { collection, sequence } = view.stored;
    if (sequence !== undefined) {
      const first = transaction.takeNumbers(collection, documents.length);
      for (const [index, document] of documents.entries()) document[KEY_FIELD] = first + index;
    } else requireKeys(documents, view);
    await transaction.write({ kind: 'insert', collection, documents }, view);
  }

  async update({ table, set, where }: UpdateStatement): Promise<number> {
    const { transaction, view } = this.#writing(table, 'an update');
    const update = updateOf(set, view);
    const { collection } = view.stored;
    return this.#eachQuery(view, where, (query) =>
      transaction.write({ kind: 'update', collection, query, update }, view),
    );
  }

  async delete({ table, where }: DeleteStatement): Promise<number> {
    const { transaction, view } = this.#writing(table, 'a delete');
    const { collection } = view.stored;
    return this.#eachQuery(view, where, (query) =>
      transaction.write({ kind: 'delete', collection, query }, view),
    );
  }

  /** Nobody else writes meanwhile, so what is found is free. */
  async claim(statement: ClaimStatement): Promise<Row[]> {
    const { table, where, orderBy, limit, set, returning } = statement;
    const key = keyOf(table);
    const columns = returning.includes(key) ? returning : [...returning, key];
    const rows = await this.find({ table, columns, where, orderBy, limit, lock: 'skip' });
    if (rows.length === 0) return [];
    const keys = rows.map((row) => row[key] as string | number);
    await this.update({ table, set, where: { op: 'in', field: key, value: keys } });
    return rows.map((row) =>
      Object.fromEntries(
        returning.map((name) => [name, Object.hasOwn(set, name) ? set[name] : row[name]]),
      ),
    );
  }

  /** Writers run one after another: there is nobody to wait for. */
  async lockKey(): Promise<void> {
    if (this.#scope === undefined) throw storageFailed('a lock outside a transaction');
    this.#assertUsable();
  }

  async nested<T>(work: (session: DriverSession) => MaybePromise<T>): Promise<T> {
    const scope = this.#scope;
    const transaction = this.#transaction;
    if (scope === undefined || transaction === undefined) {
      throw storageFailed('nested work outside a transaction');
    }
    this.#assertUsable();
    const inner: Scope = { parent: scope, state: 'open' };
    const mark = transaction.mark();
    scope.state = 'nested';
    const leave = (): void => {
      inner.state = 'ended';
      if (scope.state === 'nested') scope.state = 'open';
      this.#assertUsable();
    };
    let result: T;
    try {
      result = await work(new MongoSession(this.#reader, transaction, inner));
    } catch (error) {
      leave();
      await transaction.restore(mark);
      throw error;
    }
    leave();
    return result;
  }

  /** Refuses all further use: the transaction is over. */
  end(): void {
    if (this.#scope !== undefined) this.#scope.state = 'ended';
  }

  /** Queries that together match what a filter matches; each document has one of them. */
  async #eachQuery(
    view: TableView,
    filter: RowFilter,
    run: (query: Document) => Promise<number>,
  ): Promise<number> {
    const where = await this.#where(filter);
    const found = await this.#reader.withViews((views) => {
      const scope = statementScope(view, views);
      const query = plainQuery(where ?? filter, scope);
      return { query, stages: query === undefined ? filterStages(where, scope) : [] };
    });
    if (found.query !== undefined) return run(found.query);
    const pipeline = [...found.stages, { $project: { [KEY_FIELD]: 1 } }];
    const documents = await this.#read(view.stored.collection, pipeline);
    const keys = documents.map((document): unknown => document[KEY_FIELD]);
    let count = 0;
    for (let at = 0; at < keys.length; at += KEYS) {
      count += await run({ [KEY_FIELD]: { $in: keys.slice(at, at + KEYS) } });
    }
    return count;
  }

  async #walked<T extends FindStatement | AggregateStatement>(statement: T): Promise<T> {
    const where = await this.#where(statement.where);
    return { ...statement, where, derived: await walkDerived(statement.derived, this) };
  }

  async #where(where: RowFilter | undefined): Promise<RowFilter | undefined> {
    return where === undefined ? undefined : walkTrees(where, this);
  }

  async #read(collection: string, pipeline: readonly Document[]): Promise<Document[]> {
    this.#assertUsable();
    return this.#reader.read(collection, pipeline);
  }

  #writing(table: TableSchema, what: string): { transaction: MongoTransaction; view: TableView } {
    this.#assertUsable();
    const transaction = this.#transaction;
    if (transaction === undefined) throw storageFailed(`${what} outside a transaction`);
    return { transaction, view: transaction.views(table) };
  }

  #assertUsable(): void {
    if (this.#scope?.state === 'nested') {
      throw storageFailed('a statement beside nested work that still runs in the same transaction');
    }
    for (let scope = this.#scope; scope !== undefined; scope = scope.parent) {
      if (scope.state === 'ended') throw storageFailed('a statement in a transaction that is over');
    }
  }
}

/** A document without a key would get one from the client. */
function requireKeys(documents: readonly Document[], { name }: TableView): void {
  if (documents.every((document) => document[KEY_FIELD] !== undefined)) return;
  throw storageFailed(`a row without a value for "${name}.id"`);
}
