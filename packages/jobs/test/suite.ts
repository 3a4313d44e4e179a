import type { Database } from '@objectql/core/plugin';
import { describe } from 'vitest';
import { flowsSuite } from './suite/flows.js';
import { orderSuite } from './suite/order.js';
import { retentionSuite } from './suite/retention.js';
import { runningSuite } from './suite/running.js';
import { workersSuite } from './suite/workers.js';
import { createWorld, type Settings } from './suite/world.js';

/** What every database must let the jobs do, with every backend; `settings` are those of a test. */
export function jobsSuite(
  name: string,
  open: () => Promise<Database>,
  settings: () => Settings = () => ({}),
): void {
  describe(`jobs on ${name}`, () => {
    const world = createWorld(open, settings);
    runningSuite(world);
    orderSuite(world);
    workersSuite(world);
    flowsSuite(world);
    retentionSuite(world);
  });
}
