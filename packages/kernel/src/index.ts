export * from '@objectos/spec/contracts';
export type { BootReport, BootReportData, PluginReport } from './boot-report.js';
export { createSyncEventChain, noCarrier, type EventChain, type KernelCarrier } from './context.js';
export type { KernelProblem } from './errors.js';
export type { KernelHealth, PluginHealth } from './health.js';
export {
  createKernel,
  type Kernel,
  type KernelCounts,
  type KernelOptions,
  type KernelState,
  type PluginInfo,
} from './kernel.js';
export type { Phase, PluginState } from './lifecycle.js';
export { createConsoleLogger, type FlexibleLogger, type LogLevel } from './logger.js';
export type {
  AnyPluginDefinition,
  PluginEntry,
  PluginInput,
  PluginSource,
  StopReason,
} from './plugin.js';
export type { Timeouts } from './runtime.js';
export type { StopReport } from './shut-down.js';
export { createMemoryStateStore, withKeyValue } from './storage.js';
export type {
  ManifestContext,
  ManifestPlugin,
  ManifestPlugin as PluginManifest,
} from './styles/manifest-style.js';
export type {
  ObjectStackContext,
  ObjectStackKernel,
  ObjectStackPlugin,
} from './styles/objectstack.js';
export { KERNEL_VERSION } from './version.js';
