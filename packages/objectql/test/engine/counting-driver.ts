import { SqlDriver } from '@objectql/driver-sql';
import type { Driver, DriverSession } from '../../src/driver/contract.js';

/** A driver that counts the statements of its transactions, by kind. */
export interface CountingDriver {
  readonly driver: Driver;
  readonly counts: Record<string, number>;
  reset(): void;
}

const COUNTED = new Set(['find', 'count', 'aggregate', 'insert', 'update', 'delete']);

/** SQLite in memory, counted. */
export function countingDriver(): CountingDriver {
  const inner = new SqlDriver({ url: ':memory:' });
  const counts: Record<string, number> = {};
  const driver = new Proxy<Driver>(inner, {
    get(target, name) {
      if (name === 'transaction') {
        return (work: (session: DriverSession) => unknown, options: never) =>
          target.transaction((session) => work(counted(session, counts)), options);
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    driver,
    counts,
    reset: () => {
      for (const name of Object.keys(counts)) delete counts[name];
    },
  };
}

function counted(session: DriverSession, counts: Record<string, number>): DriverSession {
  return new Proxy(session, {
    get(target, name) {
      if (name === 'nested') {
        return (work: (inner: DriverSession) => never) =>
          target.nested((inner) => work(counted(inner, counts)));
      }
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (typeof name === 'string' && COUNTED.has(name)) counts[name] = (counts[name] ?? 0) + 1;
        return (value as (...given: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}
