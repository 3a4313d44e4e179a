import type { MetadataProblem, ObjectMeta } from '../compiled.js';
import type { MergedItems } from '../layers/merge.js';

/** Merged metadata, valid by itself, as a check sees it. */
export interface CheckedMetadata {
  readonly items: MergedItems;
  readonly objects: ReadonlyMap<string, ObjectMeta>;
}

/**
 * Checks what the core does not know: formats that a plugin gives their effect. Called on every load
 * before anything is put into force; a problem refuses the load, with the place it names.
 */
export type MetadataCheck = (metadata: CheckedMetadata) => readonly MetadataProblem[];
