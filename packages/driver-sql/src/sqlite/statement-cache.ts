/** Prepared statements by text, the least used ones forgotten. */
export interface StatementCache<S> {
  get(text: string): S;
  clear(): void;
  readonly size: number;
}

/**
 * Keeps between `limit / 2` and `limit` statements in two generations: what the older one holds and
 * nobody asks for again is dropped when the younger is full. Unlike a list kept in order of use, a
 * hit costs one look-up.
 */
export function createStatementCache<S>(
  limit: number,
  prepare: (text: string) => S,
): StatementCache<S> {
  let young = new Map<string, S>();
  let old = new Map<string, S>();
  const keep = (text: string, statement: S): S => {
    if (young.size >= limit / 2) {
      old = young;
      young = new Map();
    }
    young.set(text, statement);
    return statement;
  };
  return {
    get: (text) => young.get(text) ?? keep(text, old.get(text) ?? prepare(text)),
    clear() {
      young = new Map();
      old = new Map();
    },
    get size() {
      return new Set([...young.keys(), ...old.keys()]).size;
    },
  };
}
