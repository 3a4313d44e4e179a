import type { DataEngine } from '@objectos/spec/contracts';
import type { Driver, TableSchema } from '../driver/contract.js';
import { createEngine } from '../engine/engine.js';
import { ensureInstallationSecret } from '../engine/installation-secret.js';
import type { EngineOptions } from '../engine/options.js';
import { systemTables } from '../engine/system-tables.js';
import type { MetadataNotice, MetadataSnapshot } from '../metadata/compiled.js';
import {
  createMetadataStore,
  parseSource,
  type Layer,
  type MetadataCheck,
  type MetadataStore,
  type ParsedSource,
  type SourceFile,
} from '../metadata/index.js';
import { ensureSchema } from './ensure-schema.js';

/** The metadata files of one layer: `plugin:<id>`, `app` or `runtime`. */
export interface LayerFiles {
  readonly layer: string;
  readonly files: readonly SourceFile[];
}

/** What a load changed. */
export interface LoadReport {
  readonly version: string;
  readonly objects: readonly string[];
  readonly notices: readonly MetadataNotice[];
  /** Tables, columns and indexes that were added to the database. */
  readonly schemaChanges: number;
}

/** Options of {@link createDataRuntime}: those of an engine, and who is there to consume metadata. */
export interface DataRuntimeOptions extends Omit<EngineOptions, 'snapshot'> {
  /** Ids of the plugins that run; metadata that waits for another one is accepted with a notice. */
  readonly activePlugins?: (() => ReadonlySet<string>) | undefined;
  /** Checks of plugins for the formats they give their effect. */
  readonly checks?: (() => readonly MetadataCheck[]) | undefined;
}

/** A driver, the metadata in force, and the engine over both. */
export interface DataRuntime {
  readonly engine: DataEngine;
  readonly store: MetadataStore;
  readonly driver: Driver;
  /** Connects and makes the engine's own tables. Idempotent. */
  connect(): Promise<void>;
  /**
   * Replaces the metadata: parses, checks everything, brings the database up to it, and only then
   * puts it into force. On any problem the old metadata stays in force and nothing is changed.
   *
   * @throws `metadata_invalid` with `details.problems`, `destructive_schema_change`
   */
  load(layers: readonly LayerFiles[]): Promise<LoadReport>;
  close(): Promise<void>;
}

/** Makes a data runtime. */
export function createDataRuntime(options: DataRuntimeOptions): DataRuntime {
  const { driver } = options;
  const store = createMetadataStore({
    activePlugins: options.activePlugins,
    checks: options.checks,
  });
  const parse = createParseCache();
  let connected: Promise<void> | undefined;

  return {
    store,
    driver,
    engine: createEngine({ ...options, snapshot: () => store.current() }),
    connect: () => (connected ??= prepareSystemTables(driver)),
    async load(layers) {
      await (connected ??= prepareSystemTables(driver));
      const parsed: Layer[] = layers.map(({ layer, files }) => ({
        name: layer,
        sources: files.map(parse),
      }));
      const candidate = store.prepare(parsed);
      const schemaChanges = await ensureSchema(driver, tablesOf(candidate));
      store.activate(candidate);
      return {
        version: candidate.version,
        objects: [...candidate.objects.keys()],
        notices: candidate.notices,
        schemaChanges,
      };
    },
    close: () => driver.close(),
  };
}

/** Connects and makes the engine's own tables. Idempotent. */
export async function prepareSystemTables(driver: Driver): Promise<void> {
  await driver.connect();
  await ensureSchema(driver, systemTables);
  await ensureInstallationSecret(driver);
}

function tablesOf(snapshot: MetadataSnapshot): TableSchema[] {
  return [...snapshot.objects.values()].map((meta) => meta.table);
}

/** Files that did not change are not parsed again: a reload costs what changed. */
function createParseCache(): (source: SourceFile) => ParsedSource {
  const known = new Map<string, { readonly text: string; readonly parsed: ParsedSource }>();
  return (source) => {
    const key = `${source.type ?? ''} ${source.file}`;
    const cached = known.get(key);
    if (cached?.text === source.text) return cached.parsed;
    const parsed = parseSource(source);
    known.set(key, { text: source.text, parsed });
    return parsed;
  };
}
