import { SqlDriver } from '@objectql/driver-sql';
import type { Driver, DriverSession } from '../../src/driver/contract.js';

/** A driver that counts its statements, by kind. */
export interface CountingDriver {
  readonly driver: Driver;
  /** Of transactions. */
  readonly counts: Record<string, number>;
  /** Outside of transactions. */
  readonly reads: Record<string, number>;
  reset(): void;
}

const COUNTED = new Set([
  'insertTogether',
  'updateEach',
  'find',
  'count',
  'aggregate',
  'insert',
  'update',
  'delete',
]);

/** SQLite in memory, or another database, counted. */
export function countingDriver(url = ':memory:'): CountingDriver {
  const inner = new SqlDriver({ url });
  const counts: Record<string, number> = {};
  const reads: Record<string, number> = {};
  const reader = counted(inner.reader, reads);
  const driver = new Proxy<Driver>(inner, {
    get(target, name) {
      if (name === 'transaction') {
        return (work: (session: DriverSession) => unknown, options: never) =>
          target.transaction((session) => work(counted(session, counts)), options);
      }
      if (name === 'reader') return reader;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    driver,
    counts,
    reads,
    reset: () => {
      for (const name of Object.keys(counts)) delete counts[name];
      for (const name of Object.keys(reads)) delete reads[name];
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
