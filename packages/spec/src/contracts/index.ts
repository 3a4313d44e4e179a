export * from './access.js';
export * from './audit.js';
export * from './cache.js';
export * from './bulk-writes.js';
export * from './context.js';
export * from './counters.js';
export * from './disposable.js';
export * from './engine.js';
export * from './events.js';
<<<<<<< HEAD
export * from './failures.js';
=======
export * from './files.js';
>>>>>>> e0b7503 (feat(storage): files in a folder, with the permissions of the records that have them)
export * from './health.js';
export * from './hooks.js';
export * from './http.js';
export * from './i18n.js';
export * from './jobs.js';
export * from './logged-failures.js';
export * from './key-value.js';
export * from './logger.js';
export * from './mail.js';
export * from './metadata-source.js';
export * from './metrics.js';
export * from './outbound.js';
export * from './notification.js';
export * from './plugin.js';
export * from './principal.js';
export * from './query.js';
export * from './record-hooks.js';
export * from './refs.js';
export * from './safe-writes.js';
export * from './secrets.js';
export * from './sign-in.js';
export * from './storage.js';
