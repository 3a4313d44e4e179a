import type { MetadataSnapshot } from '../metadata/compiled.js';
import type { Logger } from '@objectos/spec/contracts';
import type { Gate } from './access.js';
import type { CursorCodec } from './cursor.js';
import type { KeyRing } from './encryption/key-ring.js';
import type { RecordHooks } from './hooks.js';
import type { Narrowing } from './narrow.js';
import type { ScanGuard } from './scan-guard.js';
import type { EngineOptions } from './options.js';
import type { TransactionManager } from './transaction.js';

/** The parts of an engine that its operations share. */
export interface EngineParts {
  readonly options: EngineOptions;
  readonly snapshot: () => MetadataSnapshot;
  readonly gate: Gate;
  readonly hooks: RecordHooks;
  readonly transactions: TransactionManager;
  readonly now: () => number;
  readonly logger: Logger;
  readonly cursors: CursorCodec;
  readonly scans: ScanGuard;
  /** Of encrypted fields; absent: none are configured. */
  readonly keys: KeyRing | undefined;
  readonly narrowing: Narrowing;
}
