/**
 * What a metadata file may cost. A file is read before anybody vouched for it, so each of these is
 * checked before, or while, the work is done that it bounds.
 */
export const METADATA_LIMITS = {
  /** Bytes (UTF-8) of one file. */
  fileBytes: 256 * 1024,
  /** Bytes of one file of seed data, which holds records instead of definitions. */
  seedFileBytes: 8 * 1024 * 1024,
  /** Mappings and lists inside each other. */
  depth: 64,
  /** Documents (separated by `---`) in one file. */
  documents: 1000,
  /** Aliases (`*name`) in one document. */
  aliases: 32,
  /** Values in one document of definitions after every alias was replaced by what it stands for. */
  values: 200_000,
  /** Values in one document of seed data. */
  seedValues: 2_000_000,
  /** Problems told of one file; a broken file tends to repeat itself. */
  problemsPerFile: 100,
} as const;
