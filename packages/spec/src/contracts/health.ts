import type { MaybePromise } from './disposable.js';
import type { Health } from './plugin.js';
import { serviceRef } from './refs.js';

/** Tells how the whole system is: the worst of what its plugins report. */
export interface HealthReporter {
  health(): MaybePromise<Health>;
}

/** Health of the kernel and all its plugins. The host provides it; readiness probes ask it. */
export const healthService = serviceRef<HealthReporter>('kernel.health');
