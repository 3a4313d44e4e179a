export { authConfigSchema, type AuthConfig } from './config.js';
export { signInMetadata } from './metadata.js';
export { authPlugin } from './plugin.js';
export { engineAdapter, type EngineAdapterOptions } from './adapter/adapter.js';
