import type { Driver } from '../../src/index.js';

/** Where a driver dies: at the n-th transaction or schema change. */
export interface Death {
  readonly count: number;
  /** Before it begins, or after its work is done and before it is committed. */
  readonly where: 'before' | 'within';
  readonly die: () => never;
}

type TenantOf = NonNullable<Driver['tenant']>;

/** A driver that dies once, and answers nothing afterwards. */
export function mortal(driver: Driver, { count, where, die }: Death): Driver {
  return dying(driver, { left: count }, { where, die });
}

function dying(
  driver: Driver,
  life: { left: number },
  { where, die }: Pick<Death, 'where' | 'die'>,
): Driver {
  const begin = (): void => {
    life.left -= 1;
    if (life.left < 0 || (life.left === 0 && where === 'before')) die();
  };
  const end = (): void => {
    if (life.left === 0 && where === 'within') die();
  };
  return {
    name: driver.name,
    capabilities: driver.capabilities,
    get reader() {
      return driver.reader;
    },
    connect: () => driver.connect(),
    close: () => driver.close(),
    health: () => driver.health(),
    introspect: () => driver.introspect(),
    ...(driver.exclusive && { exclusive: driver.exclusive.bind(driver) }),
    ...(driver.tenant && {
      tenant: (id: string | null) => dying((driver.tenant as TenantOf)(id), life, { where, die }),
    }),
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
