import type { ReceivedFile } from './files.js';
import type {
  AfterDeleteContext,
  AfterFindContext,
  AfterInsertContext,
  AfterUpdateContext,
  BeforeDeleteContext,
  BeforeFindContext,
  BeforeInsertContext,
  BeforeUpdateContext,
} from './record-hooks.js';

/**
 * Kernel hooks by name: ordered, awaited, may change their payload in place or veto by throwing.
 * The ObjectQL plugin bridges the record hooks, so a plugin writes
 * `ctx.hook('data.record.beforeUpdate', handler)`. Extended by declaration merging.
 */
export interface HookMap {
  'data.record.beforeInsert': BeforeInsertContext;
  'data.record.afterInsert': AfterInsertContext;
  'data.record.beforeUpdate': BeforeUpdateContext;
  'data.record.afterUpdate': AfterUpdateContext;
  'data.record.beforeDelete': BeforeDeleteContext;
  'data.record.afterDelete': AfterDeleteContext;
  'data.record.beforeFind': BeforeFindContext;
  'data.record.afterFind': AfterFindContext;
  /** A file arrived and nobody has it yet: scan it, quarantine it, or throw to refuse it. */
  'storage.file.received': ReceivedFile;
}

/** Name of a declared kernel hook. */
export type HookName = keyof HookMap;
