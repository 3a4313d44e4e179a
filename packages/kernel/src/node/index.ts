export { createNodeCarrier } from './carrier.js';
export { importPlugin } from './import-plugin.js';
export { stopOnSignals, type SignalOptions } from './signals.js';
