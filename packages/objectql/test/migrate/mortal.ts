import type { Driver } from '../../src/index.js';

/** Where a driver dies: at the n-th transaction or schema change. */
export interface Death {
  readonly count: number;
  /** Before it begins, or after its work is done and before it is committed. */
  readonly where: 'before' | 'within';
  readonly die: () => never;
}

/** A driver that dies once, and answers nothing afterwards. */
export function mortal(driver: Driver, { count, where, die }: Death): Driver {
  let left = count;
  const begin = (): void => {
    left -= 1;
    if (left < 0 || (left === 0 && where === 'before')) die();
  };
  const end = (): void => {
    if (left === 0 && where === 'within') die();
  };
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    reader: driver.reader,
    connect: () => driver.connect(),
    close: () => driver.close(),
    health: () => driver.health(),
    introspect: () => driver.introspect(),
    ...(driver.exclusive && { exclusive: driver.exclusive.bind(driver) }),
    ...(driver.backup && { backup: driver.backup.bind(driver) }),
    async transaction(work, options) {
      begin();
      return driver.transaction(async (session) => {
        const result = await work(session);
        end();
        return result;
      }, options);
    },
    async applySchema(changes, guard) {
      begin();
      return driver.applySchema(changes, async (session) => {
        await guard?.(session);
        end();
      });
    },
  };
}
