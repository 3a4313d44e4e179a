import type { Disposer } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

/** The services that run now, by id. */
export interface ServiceRegistry {
  /** How many are provided by plugins: those of the kernel itself don't count. */
  readonly size: number;
  /** @throws `service_conflict` when another plugin, or this one, already provides it. */
  provide(id: string, owner: string, implementation: unknown): Disposer;
  get(id: string): unknown;
  has(id: string): boolean;
  ids(): IterableIterator<string>;
}

/** Owner of the services that the kernel provides itself. */
export const KERNEL = 'kernel';

interface Provided {
  readonly owner: string;
  readonly implementation: unknown;
}

/** Makes an empty registry. */
export function createServiceRegistry(): ServiceRegistry {
  const services = new Map<string, Provided>();
  return {
    get size() {
      return services.size - [...services.values()].filter(({ owner }) => owner === KERNEL).length;
    },
    provide(id, owner, implementation) {
      const present = services.get(id);
      if (present !== undefined) {
        throw createError('service_conflict', { service: id, first: present.owner, second: owner });
      }
      const entry: Provided = { owner, implementation };
      services.set(id, entry);
      return () => {
        // A late disposer must not take away what a successor provides.
        if (services.get(id) === entry) services.delete(id);
      };
    },
    get: (id) => services.get(id)?.implementation,
    has: (id) => services.has(id),
    ids: () => services.keys(),
  };
}
