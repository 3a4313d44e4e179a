import type { DataEngine } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { SourceFile } from './metadata/index.js';
import {
  createDataRuntime,
  type DataRuntimeOptions,
  type LoadReport,
} from './runtime/data-runtime.js';

/** Reads metadata files by glob patterns. The Node entry brings one; elsewhere pass your own. */
export type ReadSources = (patterns: string | readonly string[]) => Promise<readonly SourceFile[]>;

/** Options of {@link createObjectQL}. */
export interface ObjectQLOptions extends DataRuntimeOptions {
  readonly readSources?: ReadSources | undefined;
}

/** The data engine as a library: an engine that can load metadata. */
export interface ObjectQL extends DataEngine {
  /**
   * Loads metadata files, all or none, and brings the database up to them.
   *
   * @throws `metadata_invalid` with `details.problems`, each with file, line and column
   */
  loadMetadata(patterns: string | readonly string[]): Promise<LoadReport>;
  /** Loads metadata from texts; works everywhere. */
  loadSources(files: readonly SourceFile[]): Promise<LoadReport>;
  close(): Promise<void>;
}

/**
 * Makes a data engine over a driver.
 *
 * @example
 * const objectql = createObjectQL({ driver: new SqlDriver({ url: process.env.DATABASE_URL }) });
 * await objectql.loadMetadata('./objects/**\/*.yml');
 */
export function createObjectQL(options: ObjectQLOptions): ObjectQL {
  const runtime = createDataRuntime(options);
  const loadSources = (files: readonly SourceFile[]) => runtime.load([{ layer: 'app', files }]);
  return {
    ...runtime.engine,
    loadSources,
    async loadMetadata(patterns) {
      if (options.readSources === undefined) {
        throw createError('driver_capability_missing', {
          driver: 'objectql',
          capability: 'file system',
        });
      }
      return loadSources(await options.readSources(patterns));
    },
    close: () => runtime.close(),
  };
}
