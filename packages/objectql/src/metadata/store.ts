import type { Disposer, MetadataService, RecordLanguages } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { METADATA_TYPES } from '@objectos/spec/metadata';
import type { MetadataCheck } from './check/contributed.js';
import type { MetadataSnapshot } from './compiled.js';
import type { Layer } from './layers/definition.js';
import { formatPosition, sortProblems } from './problems.js';
import { buildSnapshot, emptySnapshot } from './snapshot.js';

/** Holds the metadata in force. Replaced as a whole, and only by metadata without a problem. */
export interface MetadataStore {
  current(): MetadataSnapshot;
  /**
   * Builds the snapshot of layers without putting it into force.
   *
   * @throws `metadata_invalid` with every problem in `details.problems`
   */
  prepare(layers: readonly Layer[]): MetadataSnapshot;
  /** Puts a snapshot into force, in one step, and tells the subscribers. */
  activate(snapshot: MetadataSnapshot): void;
  subscribe(listener: (snapshot: MetadataSnapshot) => void): Disposer;
}

/** What a store asks on every load, because plugins come and go. */
export interface MetadataStoreOptions {
  readonly activePlugins?: (() => ReadonlySet<string>) | undefined;
  readonly checks?: (() => readonly MetadataCheck[]) | undefined;
  readonly languages?: (() => RecordLanguages | undefined) | undefined;
}

/** Makes a store; nothing is in force yet. */
export function createMetadataStore(options: MetadataStoreOptions = {}): MetadataStore {
  const listeners = new Set<(snapshot: MetadataSnapshot) => void>();
  let snapshot = emptySnapshot;
  return {
    current: () => snapshot,
    prepare(layers) {
      const built = buildSnapshot(layers, {
        activePlugins: options.activePlugins?.(),
        checks: options.checks?.(),
        languages: options.languages?.(),
      });
      if (built.snapshot !== undefined) return built.snapshot;
      const problems = sortProblems(built.problems);
      const [first] = problems;
      const text = first === undefined ? '' : `${formatPosition(first.position)} ${first.message}`;
      throw createError(
        'metadata_invalid',
        { count: problems.length, first: text },
        { details: { problems } },
      );
    },
    activate(next) {
      snapshot = next;
      for (const listener of listeners) listener(next);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** The metadata in force as other plugins read it. */
export function createMetadataService(store: MetadataStore): MetadataService {
  const named = (type: Parameters<MetadataService['names']>[0]) => store.current().items.get(type);
  return {
    get version() {
      return store.current().version;
    },
    types: () => METADATA_TYPES.filter((type) => (named(type)?.size ?? 0) > 0),
    names: (type) => [...(named(type)?.keys() ?? [])],
    get: (type, name) => named(type)?.get(name)?.value,
  };
}
