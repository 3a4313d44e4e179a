import type { DataEngine, RecordLanguages } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Driver } from '../driver/contract.js';
import { createEngine } from '../engine/engine.js';
import { ensureInstallationSecret } from '../engine/installation-secret.js';
import type { EngineOptions } from '../engine/options.js';
import { systemTables, tenantSchemaTable } from '../engine/system-tables.js';
import { tenantSchemaCheck } from '../tenants/schema-check.js';
import { translationCheck } from '../metadata/check/translations.js';
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
import {
  createMigrator,
  targetOf,
  type AutoMigrate,
  type MigrationTarget,
  type Migrator,
  type RunningMigration,
} from '../migrate/index.js';

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
  /** Steps by which the database was brought to the metadata. */
  readonly schemaChanges: number;
}

/** Options of {@link createDataRuntime}: those of an engine, and who is there to consume metadata. */
export interface DataRuntimeOptions extends Omit<EngineOptions, 'snapshot'> {
  /** Ids of the plugins that run; metadata that waits for another one is accepted with a notice. */
  readonly activePlugins?: (() => ReadonlySet<string>) | undefined;
  /** Checks of plugins for the formats they give their effect. */
  readonly checks?: (() => readonly MetadataCheck[]) | undefined;
  /**
   * What a load may do to the database by itself: nothing, what touches no value (default), or also
   * what writes values without losing any. The rest takes a migration that somebody asked for.
   */
  readonly autoMigrate?: AutoMigrate | undefined;
  /** Names this process where migrations tell who does them. */
  readonly node?: string | undefined;
  /** Told about once a second how far a migration is that a load does or waits for. */
  readonly onMigrating?: ((running: RunningMigration) => void) | undefined;
  /** The languages that records are kept in; asked on every load. Absent: one, whatever it is. */
  readonly languages?: (() => RecordLanguages | undefined) | undefined;
}

/** A driver, the metadata in force, and the engine over both. */
export interface DataRuntime {
  readonly engine: DataEngine;
  readonly store: MetadataStore;
  readonly driver: Driver;
  readonly migrator: Migrator;
  /** Connects and makes the engine's own tables. Idempotent. */
  connect(): Promise<void>;
  /**
   * Replaces the metadata: parses, checks everything, brings the database up to it, and only then
   * puts it into force. On any problem the old metadata stays in force and nothing is changed.
   *
   * @throws `metadata_invalid` with `details.problems`, `migration_required`, `migration_blocked`
   */
  load(layers: readonly LayerFiles[]): Promise<LoadReport>;
  /**
   * What metadata asks of the database, without putting it into force.
   *
   * @throws `metadata_invalid`
   */
  target(layers: readonly LayerFiles[]): Promise<MigrationTarget>;
  /**
   * Parses and checks metadata, without putting it into force.
   *
   * @throws `metadata_invalid`
   */
  check(layers: readonly LayerFiles[]): Promise<MetadataSnapshot>;
  close(): Promise<void>;
}

/** Makes a data runtime. */
export function createDataRuntime(options: DataRuntimeOptions): DataRuntime {
  const { driver } = options;
  const store = createMetadataStore({
    activePlugins: options.activePlugins,
    languages: options.languages,
    checks: () => [
      ...(options.checks?.() ?? []),
      ...(driver.tenant ? [tenantSchemaCheck] : []),
      translationCheck(driver),
    ],
  });
  const parse = createParseCache();
  const migrator = createMigrator({ driver, logger: options.logger, node: options.node });
  let connected: Promise<void> | undefined;

  async function prepare(layers: readonly LayerFiles[]): Promise<MetadataSnapshot> {
    await (connected ??= prepareSystemTables(driver));
    const parsed: Layer[] = layers.map(({ layer, files }) => ({
      name: layer,
      sources: files.map(parse),
    }));
    return store.prepare(parsed);
  }

  return {
    store,
    driver,
    migrator,
    check: prepare,
    target: async (layers) => targetOf(await prepare(layers)),
    engine: createEngine({ ...options, snapshot: () => store.current() }),
    connect: () => (connected ??= prepareSystemTables(driver)),
    async load(layers) {
      const candidate = await prepare(layers);
      const schemaChanges = await migrator.atStart(
        targetOf(candidate),
        options.autoMigrate ?? 'safe',
        options.onMigrating,
      );
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

/**
 * Connects and makes the engine's own tables. Idempotent.
 *
 * @throws `tenant_isolation_pending`
 */
export async function prepareSystemTables(driver: Driver): Promise<void> {
  await driver.connect();
  await ensureSchema(driver, systemTables);
  await refuseSchemas(driver);
  await ensureInstallationSecret(driver);
}

/** Without schemas of organizations nobody would find the records that lie in some. */
async function refuseSchemas({ tenant, reader }: Driver): Promise<void> {
  if (tenant !== undefined) return;
  const organizations = await reader.count({ table: tenantSchemaTable });
  if (organizations > 0) {
    throw createError('tenant_isolation_pending', { isolation: 'row', organizations });
  }
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
