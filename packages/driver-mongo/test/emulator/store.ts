import type { Document } from 'mongodb';
import { matchingDocuments } from './evaluate.js';
import { duplicateKey, noTransaction, ServerFailure, writeConflict } from './failure.js';
import { keyText } from './order.js';

/** Documents by the text of their key. A map that was shared is not changed any more. */
type Documents = ReadonlyMap<string, Document>;

/** An index, as it was made. */
export interface Index {
  readonly name: string;
  readonly key: Readonly<Record<string, number>>;
  readonly unique?: boolean;
  readonly partialFilterExpression?: Document;
}

interface Collection {
  documents: Documents;
  readonly indexes: Index[];
}

/** What a transaction has seen and written. */
export interface Transaction {
  readonly snapshot: ReadonlyMap<string, Documents>;
  readonly written: Map<string, { documents: Map<string, Document>; keys: Set<string> }>;
  readonly used: Set<string>;
  committed: boolean;
}

/**
 * The collections of one database, with transactions: each reads a copy as it was at its start, and
 * its writes count when it commits. Of two that change a document, the second fails at once.
 */
export class Store {
  readonly #collections = new Map<string, Collection>();
  readonly #open = new Set<Transaction>();

  constructor(readonly name: string) {}

  begin(): Transaction {
    const snapshot = new Map(
      [...this.#collections].map(([name, { documents }]) => [name, documents] as const),
    );
    const transaction = { snapshot, written: new Map(), used: new Set<string>(), committed: false };
    this.#open.add(transaction);
    return transaction;
  }

  isOpen(transaction: Transaction): boolean {
    return this.#open.has(transaction);
  }

  abort(transaction: Transaction): void {
    this.#open.delete(transaction);
  }

  commit(transaction: Transaction): void {
    if (!this.#open.delete(transaction)) throw noTransaction();
    for (const [name, { documents, keys }] of transaction.written) {
      const collection = this.#collection(name);
      const merged = new Map(collection.documents);
      for (const key of keys) {
        const document = documents.get(key);
        if (document === undefined) merged.delete(key);
        else merged.set(key, document);
      }
      collection.documents = merged;
    }
    transaction.committed = true;
  }

  names(): string[] {
    return [...this.#collections.keys()];
  }

  indexes(name: string): readonly Index[] {
    return this.#collections.get(name)?.indexes ?? [];
  }

  read(name: string, transaction: Transaction | undefined): Document[] {
    transaction?.used.add(name);
    return [...this.#visible(name, transaction).values()];
  }

  /** Puts documents in, each after the other, until one is refused. */
  insert(name: string, documents: readonly Document[], transaction?: Transaction): void {
    const unique = this.#uniqueValues(name, transaction);
    for (const document of documents) {
      unique.add(document);
      this.#put(name, keyText(document['_id']), document, transaction);
    }
  }

  /** Replaces documents by others with the same key. */
  replace(name: string, documents: readonly Document[], transaction?: Transaction): void {
    const unique = this.#uniqueValues(
      name,
      transaction,
      new Set(documents.map((one) => keyText(one['_id']))),
    );
    for (const document of documents) unique.add(document);
    for (const document of documents) {
      this.#put(name, keyText(document['_id']), document, transaction);
    }
  }

  remove(name: string, documents: readonly Document[], transaction?: Transaction): void {
    for (const document of documents) {
      this.#put(name, keyText(document['_id']), undefined, transaction);
    }
  }

  create(name: string): void {
    if (this.#collections.has(name)) {
      throw new ServerFailure(
        48,
        'NamespaceExists',
        `Collection ${this.name}.${name} already exists.`,
      );
    }
    this.#collection(name);
  }

  drop(name: string): void {
    this.#alone(name);
    if (!this.#collections.delete(name))
      throw new ServerFailure(26, 'NamespaceNotFound', 'ns not found');
  }

  createIndex(name: string, index: Index): void {
    this.#alone(name);
    const { indexes } = this.#collection(name);
    const same = indexes.find((one) => one.name === index.name);
    if (same !== undefined) {
      if (JSON.stringify(same) === JSON.stringify(index)) return;
      throw new ServerFailure(
        86,
        'IndexKeySpecsConflict',
        `An existing index has the name ${index.name}`,
      );
    }
    indexes.push(index);
    try {
      const unique = this.#uniqueValues(name, undefined, 'all');
      for (const document of this.read(name, undefined)) unique.add(document);
    } catch (error) {
      indexes.pop();
      throw error;
    }
  }

  dropIndex(name: string, index: string): void {
    this.#alone(name);
    const { indexes } = this.#collection(name);
    const at = indexes.findIndex((one) => one.name === index);
    if (at === -1)
      throw new ServerFailure(27, 'IndexNotFound', `index not found with name [${index}]`);
    indexes.splice(at, 1);
  }

  /** The server waits for the collection, for ever where the transaction is one's own. */
  #alone(name: string): void {
    for (const { used, written } of this.#open) {
      if (used.has(name) || written.has(name)) {
        throw new ServerFailure(24, 'LockTimeout', `a transaction uses ${name}`);
      }
    }
  }

  #collection(name: string): Collection {
    let collection = this.#collections.get(name);
    if (collection === undefined) {
      collection = { documents: new Map(), indexes: [] };
      this.#collections.set(name, collection);
    }
    return collection;
  }

  #visible(name: string, transaction: Transaction | undefined): Documents {
    if (transaction === undefined) return this.#collections.get(name)?.documents ?? new Map();
    return transaction.written.get(name)?.documents ?? transaction.snapshot.get(name) ?? new Map();
  }

  #put(
    name: string,
    key: string,
    document: Document | undefined,
    transaction: Transaction | undefined,
  ): void {
    for (const other of this.#open) {
      if (other !== transaction && other.written.get(name)?.keys.has(key) === true)
        throw writeConflict();
    }
    if (transaction === undefined) {
      const collection = this.#collection(name);
      const changed = new Map(collection.documents);
      if (document === undefined) changed.delete(key);
      else changed.set(key, document);
      collection.documents = changed;
      return;
    }
    const committed = this.#collections.get(name)?.documents.get(key);
    if (committed !== transaction.snapshot.get(name)?.get(key)) throw writeConflict();
    let written = transaction.written.get(name);
    if (written === undefined) {
      written = { documents: new Map(this.#visible(name, transaction)), keys: new Set() };
      transaction.written.set(name, written);
    }
    written.keys.add(key);
    if (document === undefined) written.documents.delete(key);
    else written.documents.set(key, document);
  }

  /** The values of unique indexes, without those of documents that are about to be replaced. */
  #uniqueValues(
    name: string,
    transaction: Transaction | undefined,
    without: ReadonlySet<string> | 'all' = new Set(),
  ): { add(document: Document): void } {
    const key: Index = { name: '_id_', key: { _id: 1 }, unique: true };
    const indexes = [key, ...this.indexes(name)].filter(({ unique }) => unique === true);
    const seen = new Map(indexes.map((index) => [index, new Set<string>()]));
    if (without !== 'all') {
      for (const [text, document] of this.#visible(name, transaction)) {
        if (without.has(text)) continue;
        for (const [index, values] of seen) values.add(valuesIn(document, index) ?? '');
      }
    }
    return {
      add: (document) => {
        for (const [index, values] of seen) {
          const value = valuesIn(document, index);
          if (value === undefined) continue;
          if (values.has(value)) throw duplicateKey(`${this.name}.${name}`, index.name, index.key);
          values.add(value);
        }
      },
    };
  }
}

/** The values of an index in a document; `undefined` when it has no place in the index. */
function valuesIn(document: Document, { key, partialFilterExpression }: Index): string | undefined {
  if (
    partialFilterExpression !== undefined &&
    matchingDocuments([document], partialFilterExpression).length === 0
  ) {
    return undefined;
  }
  return JSON.stringify(Object.keys(key).map((field) => keyText(document[field] ?? null)));
}
