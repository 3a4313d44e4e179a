import type { Document } from 'mongodb';
import { aggregated, matchingDocuments, valueOf } from './evaluate.js';
import { ServerFailure } from './failure.js';
import type { Index, Store, Transaction } from './store.js';

/** Where a command runs. */
export interface CommandScope {
  readonly store: Store;
  readonly transaction: Transaction | undefined;
}

/** Commands are what the driver sends, so their shapes are declared and not checked. */
type Command = (command: never, scope: CommandScope) => Document;

interface Find {
  readonly find: string;
  readonly filter?: Document;
  readonly sort?: Document;
  readonly skip?: number;
  readonly limit?: number;
}

interface Update {
  readonly q: Document;
  readonly u: Document | Document[];
  readonly multi?: boolean;
  readonly upsert?: boolean;
}

interface FindAndModify {
  readonly findAndModify: string;
  readonly query: Document;
  readonly update: Document | Document[];
  readonly new?: boolean;
}

/** The documents that a cursor goes through: answered as `documents`, paged by the server. */
export const commands: Readonly<Record<string, Command>> = {
  find({ find, filter = {}, sort, skip, limit }: Find, scope) {
    const stages = [
      { $match: filter },
      ...(sort === undefined ? [] : [{ $sort: sort }]),
      ...(skip === undefined ? [] : [{ $skip: skip }]),
      ...(limit === undefined || limit === 0 ? [] : [{ $limit: limit }]),
    ];
    return { documents: pipelineOn(find, stages, scope) };
  },
  aggregate: (
    { aggregate, pipeline }: { readonly aggregate: string; readonly pipeline: Document[] },
    scope,
  ) => ({
    documents: pipelineOn(aggregate, pipeline, scope),
  }),
  insert: (
    { insert, documents }: { readonly insert: string; readonly documents: Document[] },
    { store, transaction },
  ) =>
    inOrder(
      documents,
      (document) => store.insert(insert, [document], transaction),
      () =>
        // The usual case is much faster in one go.
        store.insert(insert, documents, transaction),
    ),
  update: ({ update, updates }: { readonly update: string; readonly updates: Update[] }, scope) => {
    let changed = 0;
    const upserted: Document[] = [];
    const answer = inOrder(updates, (one) => {
      const outcome = updateOne(update, one, scope);
      changed += outcome.changed;
      if (outcome.upserted !== undefined) upserted.push({ index: 0, _id: outcome.upserted });
      return outcome.matched;
    });
    return { ...answer, nModified: changed, ...(upserted.length === 0 ? {} : { upserted }) };
  },
  delete: (
    {
      delete: name,
      deletes,
    }: { readonly delete: string; readonly deletes: { q: Document; limit: number }[] },
    { store, transaction },
  ) =>
    inOrder(deletes, ({ q, limit }) => {
      const found = matchingDocuments(store.read(name, transaction), q);
      const removed = limit === 1 ? found.slice(0, 1) : found;
      store.remove(name, removed, transaction);
      return removed.length;
    }),
  findAndModify({ findAndModify, query, update, new: after }: FindAndModify, scope) {
    const [before] = matchingDocuments(scope.store.read(findAndModify, scope.transaction), query);
    if (before === undefined) return { value: null };
    const changed = updated(before, update, false);
    scope.store.replace(findAndModify, [changed], scope.transaction);
    return { value: after === true ? changed : before };
  },
  create({ create }: { readonly create: string }, { store }) {
    store.create(create);
    return {};
  },
  drop({ drop }: { readonly drop: string }, { store }) {
    store.drop(drop);
    return {};
  },
  createIndexes(
    { createIndexes, indexes }: { readonly createIndexes: string; readonly indexes: Index[] },
    { store },
  ) {
    for (const index of indexes) store.createIndex(createIndexes, index);
    return {};
  },
  dropIndexes(
    { dropIndexes, index }: { readonly dropIndexes: string; readonly index: string },
    { store },
  ) {
    store.dropIndex(dropIndexes, index);
    return {};
  },
  listCollections: (_: unknown, { store }) => ({
    documents: store.names().map((name) => ({ name, type: 'collection' })),
  }),
};

function pipelineOn(name: string, stages: readonly Document[], scope: CommandScope): Document[] {
  const { store, transaction } = scope;
  return aggregated(store.read(name, transaction), stages, (other) =>
    store.read(other, transaction),
  );
}

/** Runs the parts of a command until one is refused, of which the answer tells. */
function inOrder<T>(parts: readonly T[], run: (part: T) => unknown, all?: () => void): Document {
  if (all !== undefined) {
    try {
      all();
      return { n: parts.length };
    } catch (error) {
      if (!(error instanceof ServerFailure) || error.code !== 11_000) throw error;
      const { code, message, extra } = error;
      return { n: 0, writeErrors: [{ index: 0, code, errmsg: message, ...extra }] };
    }
  }
  let n = 0;
  for (const [index, part] of parts.entries()) {
    try {
      const count = run(part);
      n += typeof count === 'number' ? count : 1;
    } catch (error) {
      if (!(error instanceof ServerFailure) || error.code !== 11_000) throw error;
      const { code, message, extra } = error;
      return { n, writeErrors: [{ index, code, errmsg: message, ...extra }] };
    }
  }
  return { n };
}

function updateOne(
  name: string,
  { q, u, multi, upsert }: Update,
  { store, transaction }: CommandScope,
): { matched: number; changed: number; upserted?: unknown } {
  const found = matchingDocuments(store.read(name, transaction), q);
  const matched = multi === true ? found : found.slice(0, 1);
  if (matched.length === 0 && upsert === true) {
    const document = updated({ _id: q['_id'] as unknown }, u, true);
    store.insert(name, [document], transaction);
    return { matched: 1, changed: 0, upserted: document['_id'] };
  }
  store.replace(
    name,
    matched.map((one) => updated(one, u, false)),
    transaction,
  );
  return { matched: matched.length, changed: matched.length };
}

/** A document after an update: by operators, by a pipeline of `$set`, or replaced. */
function updated(document: Document, update: Document | Document[], inserting: boolean): Document {
  const result: Document = { ...document };
  if (Array.isArray(update)) {
    for (const stage of update) {
      for (const [path, expr] of Object.entries(stage['$set'] as Document)) {
        result[path] = valueOf(expr, result);
      }
    }
    return result;
  }
  const operators = Object.keys(update);
  if (!operators.some((operator) => operator.startsWith('$')))
    return { _id: document['_id'], ...update };
  for (const operator of operators) {
    for (const [path, value] of Object.entries(update[operator] as Document)) {
      change(result, path, changeOf(operator, value, inserting));
    }
  }
  return result;
}

function changeOf(operator: string, value: unknown, inserting: boolean): (old: unknown) => unknown {
  switch (operator) {
    case '$set':
      return () => value;
    case '$setOnInsert':
      return (old) => (inserting ? value : old);
    case '$unset':
      return () => undefined;
    case '$inc':
      return (old) => Number(old ?? 0) + Number(value);
    default:
      throw new ServerFailure(9, 'FailedToParse', `Unknown modifier: ${operator}`);
  }
}

function change(document: Document, path: string, make: (old: unknown) => unknown): void {
  const [first = '', ...rest] = path.split('.');
  if (rest.length > 0) {
    const inner: Document = { ...(document[first] as Document) };
    document[first] = inner;
    return change(inner, rest.join('.'), make);
  }
  const value = make(document[first]);
  if (value === undefined) delete document[first];
  else document[first] = value;
}
