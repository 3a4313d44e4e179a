export { outboundConfigSchema, type OutboundConfig } from './config.js';
export type { Resolve } from './lookup.js';
export { createOutboundService, type OutboundOptions } from './outbound-service.js';
export { outboundPlugin } from './plugin.js';
