import {
  buildSnapshot,
  formatProblems,
  parseSource,
  type BuiltSnapshot,
  type MetadataSnapshot,
} from '../../src/index.js';

/** Texts of files by their paths. */
export type Files = Readonly<Record<string, string>>;

/** Builds the metadata of layers, each a set of files. */
export function buildLayers(layers: Readonly<Record<string, Files>>): BuiltSnapshot {
  return buildSnapshot(
    Object.entries(layers).map(([name, files]) => ({
      name,
      sources: Object.entries(files).map(([file, text]) => parseSource({ file, text })),
    })),
  );
}

/** Builds the metadata of an application without plugins. */
export function build(files: Files): BuiltSnapshot {
  return buildLayers({ app: files });
}

/** The snapshot of layers without a problem. */
export function snapshotOf(layers: Readonly<Record<string, Files>>): MetadataSnapshot {
  const { snapshot, problems } = buildLayers(layers);
  if (snapshot === undefined) throw new Error(formatProblems(problems));
  return snapshot;
}

/** A small object. */
export const account = 'label: Account\nfields:\n  name: { type: text }\n';
