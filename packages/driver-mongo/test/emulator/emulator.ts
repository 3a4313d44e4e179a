import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Long, type Document } from 'mongodb';
import { commands } from './commands.js';
import { noTransaction, ServerFailure } from './failure.js';
import { Store, type Transaction } from './store.js';
import { readMessages, writeAnswer, type Message } from './wire.js';

/** A failure that the emulator is told to have. */
export interface PlannedFailure {
  readonly command: string;
  /** Of the server; absent: the connection breaks. */
  readonly code?: number;
  readonly labels?: readonly string[];
  readonly times?: number;
  /** The command has its effect before it fails. */
  readonly after?: boolean;
}

/**
 * An EMULATOR of a MongoDB replica set of one node, for tests: the real client speaks the real
 * protocol with it, and mingo evaluates. It is no MongoDB, and what works here need not work there.
 */
export interface Emulator {
  readonly url: string;
  /** The commands that came, oldest first. */
  readonly log: readonly Document[];
  fail(failure: PlannedFailure): void;
  /** Does something right after the next command of this name. */
  after(command: string, effect: () => void): void;
  /** Changes a committed document, as another process would. */
  change(database: string, collection: string, change: (document: Document) => Document): void;
  /** Breaks all connections and listens no more, as a server that was stopped. */
  stop(): Promise<void>;
  /** Listens again, with the same data. */
  start(): Promise<void>;
  /** The committed documents of a collection. */
  documents(database: string, collection: string): Document[];
  indexes(database: string, collection: string): readonly { readonly name: string }[];
  collections(database: string): string[];
  drop(database: string, collection: string): void;
}

/** How the emulator introduces itself. */
export interface EmulatorOptions {
  /** Default 21, that of MongoDB 7.0. */
  readonly wireVersion?: number;
  /** As a server that is no replica set. */
  readonly standalone?: boolean;
}

interface State {
  readonly options: EmulatorOptions;
  readonly stores: Map<string, Store>;
  readonly transactions: Map<string, { number: string; transaction: Transaction; store: Store }>;
  readonly cursors: Map<string, Document[]>;
  readonly failures: (PlannedFailure & { left: number })[];
  readonly log: Document[];
  readonly effects: { readonly command: string; readonly effect: () => void }[];
  port: number;
  nextCursor: number;
}

/** Starts an emulator. */
export async function startEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const state: State = {
    options,
    stores: new Map(),
    transactions: new Map(),
    cursors: new Map(),
    failures: [],
    log: [],
    effects: [],
    port: 0,
    nextCursor: 1,
  };
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  const start = async (): Promise<void> => {
    server = createServer((socket) => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      socket.unref();
      serve(socket, state);
    });
    await new Promise<void>((resolve) => server?.listen(state.port, '127.0.0.1', resolve));
    server.unref();
    state.port = (server.address() as AddressInfo).port;
  };
  await start();
  return {
    url: `mongodb://127.0.0.1:${state.port}/test`,
    log: state.log,
    start,
    async stop() {
      for (const socket of sockets) socket.destroy();
      const stopped = server;
      await new Promise((resolve) => stopped?.close(resolve));
      for (const { store, transaction } of state.transactions.values()) store.abort(transaction);
      state.transactions.clear();
    },
    fail: (failure) => state.failures.push({ ...failure, left: failure.times ?? 1 }),
    after: (command, effect) => state.effects.push({ command, effect }),
    change(database, collection, change) {
      const store = storeOf(state, database);
      store.replace(collection, store.read(collection, undefined).map(change));
    },
    documents: (database, collection) => storeOf(state, database).read(collection, undefined),
    indexes: (database, collection) => storeOf(state, database).indexes(collection),
    collections: (database) => storeOf(state, database).names(),
    drop: (database, collection) => storeOf(state, database).drop(collection),
  };
}

function storeOf({ stores }: State, name: string): Store {
  let store = stores.get(name);
  if (store === undefined) stores.set(name, (store = new Store(name)));
  return store;
}

function serve(socket: Socket, state: State): void {
  let waiting: Buffer = Buffer.alloc(0);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      const { messages, rest } = readMessages(Buffer.concat([waiting, chunk]));
      waiting = rest;
      for (const message of messages) {
        const answer = answerTo(message, state);
        if (answer === undefined) socket.destroy();
        else socket.write(writeAnswer(message, answer));
      }
    } catch {
      socket.destroy();
    }
  });
}

/** The answer; `undefined` breaks the connection. */
function answerTo({ command }: Message, state: State): Document | undefined {
  const name = Object.keys(command)[0] ?? '';
  state.log.push(command);
  const failure = state.failures.find((planned) => planned.command === name && planned.left > 0);
  if (failure !== undefined) {
    failure.left -= 1;
    if (failure.after === true) run(name, command, state);
    else if (failure.code === undefined) endTransaction(command, state);
    if (failure.code === undefined) return undefined;
    if (failure.after !== true) endTransaction(command, state);
    return {
      ok: 0,
      code: failure.code,
      errmsg: `planned failure of ${name}`,
      errorLabels: failure.labels ?? [],
    };
  }
  const result = run(name, command, state);
  const at = state.effects.findIndex((one) => one.command === name);
  if (at !== -1) state.effects.splice(at, 1)[0]?.effect();
  return result;
}

function run(name: string, command: Document, state: State): Document {
  try {
    return { ok: 1, ...answer(name, command, state) };
  } catch (error) {
    endTransaction(command, state);
    if (error instanceof ServerFailure) {
      const { code, codeName, message, labels, extra } = error;
      const errorLabels = command['autocommit'] === false ? labels : [];
      return { ok: 0, code, codeName, errmsg: message, errorLabels, ...extra };
    }
    return { ok: 0, code: 8, codeName: 'UnknownError', errmsg: String(error) };
  }
}

function answer(name: string, command: Document, state: State): Document {
  const store = storeOf(state, String(command['$db'] ?? 'admin'));
  switch (name) {
    case 'hello':
    case 'isMaster':
    case 'ismaster':
      return hello(state);
    case 'ping':
    case 'endSessions':
    case 'killCursors':
      return {};
    case 'getMore':
      return nextBatch(command, state);
    case 'commitTransaction':
    case 'abortTransaction': {
      endWith(name, command, state);
      return {};
    }
    default: {
      const work = commands[name];
      if (work === undefined) {
        throw new ServerFailure(59, 'CommandNotFound', `no such command: '${name}'`);
      }
      const transaction = transactionFor(command, state, store);
      const result = work(command as never, { store, transaction });
      if (result['writeErrors'] !== undefined && transaction !== undefined)
        store.abort(transaction);
      const { documents, ...rest } = result as { documents?: Document[] };
      return documents === undefined
        ? rest
        : { ...rest, cursor: firstBatch(documents, command, state) };
    }
  }
}

function hello({ options, port }: State): Document {
  const me = `127.0.0.1:${port}`;
  const set = { setName: 'emulator', setVersion: 1, hosts: [me], me, primary: me };
  return {
    helloOk: true,
    isWritablePrimary: true,
    ismaster: true,
    ...(options.standalone === true ? {} : set),
    maxBsonObjectSize: 16_777_216,
    maxMessageSizeBytes: 48_000_000,
    maxWriteBatchSize: 100_000,
    logicalSessionTimeoutMinutes: 30,
    minWireVersion: 0,
    maxWireVersion: options.wireVersion ?? 21,
    localTime: new Date(),
  };
}

function sessionOf(command: Document): string {
  const { lsid } = command as { lsid?: { id: { toString(encoding: string): string } } };
  return lsid?.id.toString('hex') ?? '';
}

function transactionOf(command: Document, { transactions }: State): Transaction | undefined {
  const current = transactions.get(sessionOf(command));
  return current?.number === String(command['txnNumber']) ? current.transaction : undefined;
}

function transactionFor(command: Document, state: State, store: Store): Transaction | undefined {
  if (command['autocommit'] !== false) return undefined;
  if (command['startTransaction'] === true) {
    const transaction = store.begin();
    const number = String(command['txnNumber']);
    state.transactions.set(sessionOf(command), { number, transaction, store });
    return transaction;
  }
  const transaction = transactionOf(command, state);
  if (transaction === undefined || !store.isOpen(transaction)) throw noTransaction();
  return transaction;
}

/** The database of the command says nothing: these are sent to `admin`. */
function endWith(name: string, command: Document, state: State): void {
  const transaction = transactionOf(command, state);
  const store = state.transactions.get(sessionOf(command))?.store;
  if (transaction === undefined || store === undefined) throw noTransaction();
  const commit = name === 'commitTransaction';
  // A commit may be sent twice.
  if (!store.isOpen(transaction)) {
    if (commit && transaction.committed) return;
    throw noTransaction();
  }
  if (commit) store.commit(transaction);
  else store.abort(transaction);
}

/** Any failure ends the transaction of a command. */
function endTransaction(command: Document, state: State): void {
  if (command['autocommit'] !== false) return;
  const open = state.transactions.get(sessionOf(command));
  if (open !== undefined) open.store.abort(open.transaction);
}

function firstBatch(documents: Document[], command: Document, state: State): Document {
  const { cursor, batchSize } = command as { cursor?: { batchSize?: number }; batchSize?: number };
  const size = cursor?.batchSize ?? batchSize ?? 101;
  return batch(
    documents,
    size,
    `${command['$db']}.${Object.values(command)[0]}`,
    'firstBatch',
    state,
  );
}

function nextBatch(command: Document, state: State): Document {
  const id = String(command['getMore']);
  const documents = state.cursors.get(id);
  if (documents === undefined)
    throw new ServerFailure(43, 'CursorNotFound', `cursor id ${id} not found`);
  state.cursors.delete(id);
  const namespace = `${command['$db']}.${command['collection']}`;
  return {
    cursor: batch(documents, Number(command['batchSize'] ?? 5_000), namespace, 'nextBatch', state),
  };
}

function batch(
  documents: Document[],
  size: number,
  ns: string,
  name: string,
  state: State,
): Document {
  const rest = documents.slice(size);
  const id = rest.length === 0 ? 0 : state.nextCursor++;
  if (id !== 0) state.cursors.set(String(id), rest);
  return { id: Long.fromNumber(id), ns, [name]: documents.slice(0, size) };
}
