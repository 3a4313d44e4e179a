import type {
  AccessPolicy,
  ContextCarrier,
  HookMap,
  Logger,
  MaybePromise,
  OperationObserver,
  Tracer,
} from '@objectos/spec/contracts';
import type { Driver } from '../driver/contract.js';
import type { MetadataSnapshot } from '../metadata/compiled.js';
import type { CommitCheck, CommitListener } from './transaction.js';

/** Hooks that live outside the engine: the kernel's. Asked before every operation, so `has` is O(1). */
export interface HookSource {
  has(name: keyof HookMap): boolean;
  run<N extends keyof HookMap>(name: N, payload: HookMap[N]): MaybePromise<void>;
  /** Who is behind a hook, in order; a rehearsal tells it. */
  owners(name: keyof HookMap): readonly string[];
}

/** What an engine is made of. */
export interface EngineOptions {
  readonly driver: Driver;
  /** The metadata in force; read once at the start of each operation. */
  readonly snapshot: () => MetadataSnapshot;
  /** Who may do what; read per operation because a plugin may bring it later. Absent: system only. */
  readonly access?: (() => AccessPolicy | undefined) | undefined;
  readonly carrier?: ContextCarrier | undefined;
  readonly hooks?: HookSource | undefined;
  readonly logger?: Logger | undefined;
  readonly onCommit?: CommitListener | undefined;
  /** Has the last word on what a transaction changed, in it. */
  readonly beforeCommit?: CommitCheck | undefined;
  /** The clock, for tests that need one. Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
  /**
   * Signs cursors; the same on all nodes of an installation. Default: the one kept in the database.
   */
  readonly secret?: (() => MaybePromise<Uint8Array>) | undefined;
  /** Who follows operations at this moment; asked at the start of each. */
  readonly observers?: (() => readonly OperationObserver[]) | undefined;
  /** Who makes steps of traces of the statements, while somebody does. */
  readonly tracer?: (() => Tracer | undefined) | undefined;
  /**
   * Lists of a table with more records than this need an index for their filter or order. Default
   * 100,000; 0 switches it off.
   */
  readonly scanLimit?: number | undefined;
  /**
   * Keys of encrypted fields: `<id>:<32 bytes in base64>`, several with commas between them, the
   * current one first. Without them, writing and reading such a field is refused.
   */
  readonly encryptionKeys?: string | undefined;
  /** Nested writes deeper than this are stopped. Default 16. */
  readonly recursionLimit?: number | undefined;
}
