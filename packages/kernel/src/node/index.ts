export { createNodeCarrier } from './carrier.js';
export { importPlugin, type ImportPluginOptions } from './import-plugin.js';
export { stopOnSignals, type SignalOptions } from './signals.js';
