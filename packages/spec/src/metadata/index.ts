export { pluginManifestSchema, type PluginManifest } from './manifest.js';
export { METADATA_TYPES, type MetadataType } from './types.js';
