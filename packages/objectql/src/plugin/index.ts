export { metadataSnapshotService, type MetadataSnapshotSource } from './services.js';
