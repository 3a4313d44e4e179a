import { serviceRef } from '@objectos/spec/contracts';
import type { MetadataSnapshot } from '../metadata/compiled.js';

/** The compiled metadata in force, for surfaces that need more than `MetadataService` shows. */
export interface MetadataSnapshotSource {
  /** The snapshot at this moment. Take it once per request; a reload replaces it as a whole. */
  current(): MetadataSnapshot;
}

/** The compiled metadata. Provided by the ObjectQL plugin, read by the server. */
export const metadataSnapshotService = serviceRef<MetadataSnapshotSource>('metadata.snapshot');
