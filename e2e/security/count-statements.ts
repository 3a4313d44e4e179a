import type { Driver, DriverSession } from '@objectql/core/driver';

/** Counts the statements that reach a driver. */
export interface StatementCounter {
  readonly driver: Driver;
  /** Forgets what was counted. */
  reset(): void;
  /** Statements since, on the tables asked for. */
  count(tables: ReadonlySet<string>): number;
}

/** The methods of a session that send a statement. */
const STATEMENTS: ReadonlySet<PropertyKey> = new Set([
  ...['find', 'count', 'aggregate', 'insert', 'update', 'delete', 'claim', 'follow'],
]);

/** Wraps a driver: everything goes on as it came, and is counted. */
export function countStatements(driver: Driver): StatementCounter {
  let tables: string[] = [];

  const seen = (argument: unknown): void => {
    const { table, name } = argument as { table?: { name: string }; name?: string };
    tables.push(table?.name ?? name ?? '');
  };

  function wrap(session: DriverSession): DriverSession {
    return new Proxy(session, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property);
        if (typeof value !== 'function') return value;
        const method = value as (...args: unknown[]) => unknown;
        if (property === 'nested') {
          return (work: (session: DriverSession) => unknown) =>
            method.call(target, (inner: DriverSession) => work(wrap(inner)));
        }
        return (...args: unknown[]) => {
          if (STATEMENTS.has(property)) seen(args[0]);
          return method.apply(target, args);
        };
      },
    });
  }

  const counted = new Proxy(driver, {
    get(target, property) {
      if (property === 'reader') return wrap(target.reader);
      if (property === 'transaction') {
        const transaction: Driver['transaction'] = (work, options) =>
          target.transaction((session) => work(wrap(session)), options);
        return transaction;
      }
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    driver: counted,
    reset: () => (tables = []),
    count: (wanted) => tables.filter((table) => wanted.has(table)).length,
  };
}
