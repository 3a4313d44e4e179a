import {
  createAdapterFactory,
  type CleanedWhere,
  type CustomAdapter,
} from '@better-auth/core/db/adapter';
import type { DataEngine, ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { newId } from '@objectql/core';
import { packageNaming, type Naming } from './names.js';
import { createRows, type Rows } from './rows.js';
import { hashToken, sealWhere, unseal } from './sealed.js';

/** What the adapter stands on. */
export interface EngineAdapterOptions {
  readonly engine: DataEngine;
  /** Context of the operations: a system context with `secrets`, on the request that runs. */
  readonly context: () => ExecutionContext;
  readonly naming?: Naming | undefined;
  /** Models whose `token` is stored as a hash. Default: `session`. */
  readonly hashed?: ReadonlySet<string> | undefined;
}

const SESSION: ReadonlySet<string> = new Set(['session']);

/**
 * Lets better-auth keep its users and sessions in the data engine: ordinary records, on whichever
 * driver runs, with change log and events. Session tokens are stored as hashes.
 */
export function engineAdapter(options: EngineAdapterOptions) {
  const { naming = packageNaming, hashed = SESSION } = options;
  return createAdapterFactory({
    config: {
      adapterId: 'objectos',
      adapterName: 'ObjectOS data engine',
      supportsDates: false,
      supportsBooleans: true,
      supportsJSON: false,
      supportsNumericIds: false,
      customIdGenerator: () => newId(),
    },
    adapter: ({ getDefaultModelName, getFieldName, schema }) => {
      const columns = (model: string) =>
        Object.entries(schema[model]?.fields ?? {}).map(([key, field]) => field.fieldName ?? key);
      const columnOf = (model: string, field: string) => getFieldName({ model, field });
      const rows = createRows({ ...options, naming, columns, columnOf });
      const plain = createOperations(rows, getDefaultModelName);
      const sealing = sealTokens(plain);
      const of = (model: string) => (hashed.has(getDefaultModelName(model)) ? sealing : plain);
      return dispatch(of);
    },
  });
}

type Operations = Required<Omit<CustomAdapter, 'createSchema' | 'options'>>;

/** Each operation by the kind of model that it is about. */
function dispatch(of: (model: string) => Operations): Operations {
  return {
    create: (request) => of(request.model).create(request),
    findOne: (request) => of(request.model).findOne(request),
    findMany: (request) => of(request.model).findMany(request),
    count: (request) => of(request.model).count(request),
    update: (request) => of(request.model).update(request),
    updateMany: (request) => of(request.model).updateMany(request),
    delete: (request) => of(request.model).delete(request),
    deleteMany: (request) => of(request.model).deleteMany(request),
    consumeOne: (request) => of(request.model).consumeOne(request),
    incrementOne: (request) => of(request.model).incrementOne(request),
  };
}

function createOperations(rows: Rows, nameOf: (model: string) => string): Operations {
  // better-auth types each call by the model it expects; the rows are checked by the metadata.
  const as = <T>(row: RecordData | null) => row as T;
  return {
    create: async ({ model, data }) => as(await rows.create(nameOf(model), data)),
    findOne: async ({ model, where, select }) => {
      const [row] = await rows.find(nameOf(model), { where, select, limit: 1 });
      return as(row ?? null);
    },
    findMany: async <T>({ model, ...query }: Parameters<CustomAdapter['findMany']>[0]) =>
      (await rows.find(nameOf(model), query)) as T[],
    count: ({ model, where }) => rows.count(nameOf(model), where ?? []),
    update: async ({ model, where, update }) =>
      as(await rows.updateOne(nameOf(model), where, update as RecordData)),
    updateMany: ({ model, where, update }) => rows.updateMany(nameOf(model), where, update),
    delete: async ({ model, where }) => {
      await rows.deleteMany(nameOf(model), where);
    },
    deleteMany: ({ model, where }) => rows.deleteMany(nameOf(model), where),
    consumeOne: async ({ model, where }) => as(await rows.consumeOne(nameOf(model), where)),
    incrementOne: async ({ model, where, increment, set }) =>
      as(await rows.incrementOne(nameOf(model), where, { increment, set: set ?? {} })),
  };
}

/** The same operations over a model whose token is stored as a hash. */
function sealTokens(plain: Operations): Operations {
  const give = <T>(row: T, known: ReadonlyMap<string, string>): T =>
    row === null ? row : { ...row, token: unseal((row as RecordData)['token'], known) };
  const read = (where: readonly CleanedWhere[] = []) => sealWhere(where, false);
  const write = (where: readonly CleanedWhere[]) => sealWhere(where, true);
  return {
    ...plain,
    async create(request) {
      const token = String(request.data['token']);
      const hash = hashToken(token);
      const row = await plain.create({ ...request, data: { ...request.data, token: hash } });
      return give(row, new Map([[hash, token]]));
    },
    async findOne<T>(request: Parameters<CustomAdapter['findOne']>[0]) {
      const { where, known } = read(request.where);
      return give(await plain.findOne<T>({ ...request, where }), known);
    },
    async findMany<T>(request: Parameters<CustomAdapter['findMany']>[0]) {
      const { where, known } = read(request.where);
      const found = await plain.findMany<T>({ ...request, where });
      return found.map((row) => give(row, known));
    },
    count: (request) => plain.count({ ...request, where: read(request.where).where }),
    async update(request) {
      const { where, known } = write(request.where);
      return give(await plain.update({ ...request, where }), known);
    },
    updateMany: (request) => plain.updateMany({ ...request, where: write(request.where).where }),
    delete: (request) => plain.delete({ ...request, where: write(request.where).where }),
    deleteMany: (request) => plain.deleteMany({ ...request, where: write(request.where).where }),
    async consumeOne<T>(request: Parameters<Operations['consumeOne']>[0]) {
      const { where, known } = write(request.where);
      return give(await plain.consumeOne<T>({ ...request, where }), known);
    },
  };
}
