import { systemContext, type RecordLanguages } from '@objectos/spec/contracts';
import { onTestFinished } from 'vitest';
import type { Driver } from '../../src/driver/contract.js';
import {
  createDataRuntime,
  type AutoMigrate,
  type DataRuntime,
  type MigrateOptions,
} from '../../src/index.js';
import { driverOf } from '../engine/support.js';

/** The system, as tests use it. */
export const system = systemContext('test');

const LANGUAGES: RecordLanguages = { default: 'en', chains: new Map([['de', ['de']]]) };

/** A database with its runtime, to be brought from one state of metadata to the next. */
export interface World {
  readonly driver: Driver;
  readonly runtime: DataRuntime;
  /** Loads metadata (YAML of objects by name) as a start does. */
  load(objects: Objects, auto?: AutoMigrate): Promise<number>;
  plan(objects: Objects, options?: MigrateOptions): ReturnType<DataRuntime['migrator']['plan']>;
  apply(objects: Objects, options?: MigrateOptions): ReturnType<DataRuntime['migrator']['apply']>;
  status(objects: Objects): ReturnType<DataRuntime['migrator']['status']>;
  /** Inserts records as the engine does, and answers with their ids. */
  insert(object: string, ...records: Record<string, unknown>[]): Promise<string[]>;
  /** The values of one field, by the order of their records. */
  values(object: string, field: string): Promise<unknown[]>;
}

/** Definitions of objects, by name. */
export type Objects = Readonly<Record<string, string>>;

/** The files of definitions. */
export function filesOf(objects: Objects) {
  return Object.entries(objects).map(([name, text]) => ({
    file: `objects/${name}.object.yml`,
    text,
  }));
}

/** Opens an empty database, or the one of a URL; it is closed after the test. */
export async function openWorld(url?: string): Promise<World> {
  const driver = await driverOf(url);
  onTestFinished(() => driver.close());
  const runtimes = new Map<AutoMigrate, DataRuntime>();
  const runtimeFor = (autoMigrate: AutoMigrate): DataRuntime => {
    const known =
      runtimes.get(autoMigrate) ??
      createDataRuntime({ driver, autoMigrate, languages: () => LANGUAGES });
    runtimes.set(autoMigrate, known);
    return known;
  };
  let runtime = runtimeFor('safe');
  await runtime.connect();
  const layers = (objects: Objects) => [{ layer: 'app', files: filesOf(objects) }];
  const target = (objects: Objects) => runtime.target(layers(objects));
  return {
    driver,
    get runtime() {
      return runtime;
    },
    async load(objects, auto = 'safe') {
      runtime = runtimeFor(auto);
      return (await runtime.load(layers(objects))).schemaChanges;
    },
    plan: async (objects, options) => runtime.migrator.plan(await target(objects), options),
    apply: async (objects, options) => runtime.migrator.apply(await target(objects), options),
    status: async (objects) => runtime.migrator.status(await target(objects)),
    async insert(object, ...records) {
      const made = await runtime.engine.insertMany(object, records, system);
      return made.map((record) => record['id'] as string);
    },
    async values(object, field) {
      const query = { fields: [field], orderBy: [{ field: 'id', direction: 'asc' }] } as const;
      const { records } = await runtime.engine.find(object, query, system);
      return records.map((record) => record[field]);
    },
  };
}

/** The keys of a plan's steps. */
export function keysOf(report: { readonly plan: { readonly steps: readonly { key: string }[] } }) {
  return report.plan.steps.map((step) => step.key);
}

/** The codes of problems or notices. */
export function codesOf(notes: readonly { readonly code: string }[]): string[] {
  return notes.map(({ code }) => code);
}
