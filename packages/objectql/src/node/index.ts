export { readPluginFiles, readSources, type ReadOptions } from './file-source.js';
