/** Most texts that are prepared; each connection keeps them until it closes. */
const PREPARED = 500;
/** Texts whose first use is remembered. */
const SEEN = 2000;

/** Decides which texts are prepared on the server: those that come twice, as long as they are few. */
export interface StatementNames {
  /** The name of the prepared statement, or nothing for a text that is sent as it is. */
  nameOf(text: string): string | undefined;
  /** Forgets all names: tables have changed, and plans with them. */
  renew(): void;
}

/** Names statements for all connections of a driver. */
export function createStatementNames(): StatementNames {
  let generation = 0;
  let names = new Map<string, string>();
  let seen = new Set<string>();
  return {
    nameOf(text) {
      const known = names.get(text);
      if (known !== undefined || names.size >= PREPARED) return known;
      if (!seen.has(text)) {
        if (seen.size >= SEEN) seen = new Set();
        seen.add(text);
        return undefined;
      }
      seen.delete(text);
      const name = `q${generation}_${names.size}`;
      names.set(text, name);
      return name;
    },
    renew() {
      generation += 1;
      names = new Map();
      seen = new Set();
    },
  };
}
