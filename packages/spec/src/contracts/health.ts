import type { MaybePromise } from './disposable.js';
import type { Health } from './plugin.js';
import { serviceRef } from './refs.js';

/** Health of one plugin among others. */
export interface PluginHealth extends Health {
  readonly plugin: string;
  /** Without it nothing works: when it is down, the whole is. */
  readonly critical: boolean;
}

/** Health of the whole. `down`: a critical plugin does not work; `degraded`: another one does not. */
export interface SystemHealth extends Health {
  readonly plugins: readonly PluginHealth[];
}

/** Tells how the whole system is: the worst of what its plugins report. */
export interface HealthReporter {
  /** Asks every plugin that should run; callers at the same time share one round. */
  health(): MaybePromise<SystemHealth>;
}

/** Health of the kernel and all its plugins. The kernel itself provides it; readiness probes ask it. */
export const healthService = serviceRef<HealthReporter>('kernel.health');
