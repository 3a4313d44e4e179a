import type { PoolClient } from 'pg';

/** Most texts that are prepared at a time; each connection keeps as many at most. */
const PREPARED = 500;
/** Texts whose first use is remembered. */
const SEEN = 2000;
/** A prepared text gives its place away when so many others were asked for since its last use. */
const IDLE = 2000;

/** Decides which texts are prepared on the server: those that come twice, as long as they are few. */
export interface StatementNames {
  /** The name of the prepared statement, or nothing for a text that is sent as it is. */
  nameOf(text: string): string | undefined;
  /** Forgets all names: tables have changed, and plans with them. */
  renew(): void;
}

interface Prepared {
  readonly name: string;
  usedAt: number;
}

/**
 * Names statements for all connections of a driver. With a schema for each organization there are as
 * many texts as organizations work, so names are few and pass from texts that nobody uses any more to
 * others; where more are in use than there are names, the rest is sent as it is.
 */
export function createStatementNames(): StatementNames {
  let generation = 0;
  let clock = 0;
  /** In the order of their last use, as far as a look behind is needed to find one that is idle. */
  let names = new Map<string, Prepared>();
  let seen = new Set<string>();

  function use(text: string, prepared: Prepared): string {
    // Moved to the end when it is not among the newest anyway: hot texts cost nothing here.
    if (clock - prepared.usedAt > PREPARED) {
      names.delete(text);
      names.set(text, prepared);
    }
    prepared.usedAt = clock;
    return prepared.name;
  }

  /** A name that is free: a new one, or that of the text which was not used for longest. */
  function freeName(): string | undefined {
    if (names.size < PREPARED) return `q${generation}_${names.size}`;
    const oldest = names.entries().next().value;
    if (oldest === undefined) return undefined;
    const [text, { name, usedAt }] = oldest;
    if (clock - usedAt < IDLE) {
      // It was used since it came to the front: back to the end, so that another is looked at.
      names.delete(text);
      names.set(text, { name, usedAt });
      return undefined;
    }
    names.delete(text);
    return name;
  }

  return {
    nameOf(text) {
      clock += 1;
      const known = names.get(text);
      if (known !== undefined) return use(text, known);
      if (!seen.has(text)) {
        if (seen.size >= SEEN) seen = new Set();
        seen.add(text);
        return undefined;
      }
      const name = freeName();
      if (name === undefined) return undefined;
      seen.delete(text);
      names.set(text, { name, usedAt: clock });
      return name;
    },
    renew() {
      generation += 1;
      names = new Map();
      seen = new Set();
    },
  };
}

/** What the client knows of the statements that its connection has prepared. */
interface ClientState {
  readonly connection?: { readonly parsedStatements?: Record<string, string> };
}

/**
 * Takes a name away from the text that had it on this connection: the server forgets the statement
 * before it is told the next one of that name, in the same round trip.
 */
export function releaseName(client: PoolClient, name: string | undefined, text: string): void {
  if (name === undefined) return;
  const parsed = (client as unknown as ClientState).connection?.parsedStatements;
  const former = parsed?.[name];
  if (parsed === undefined || former === undefined || former === text) return;
  delete parsed[name];
  // It fails only in a transaction that another statement ended; nothing of this is done then.
  client.query(`DEALLOCATE ${name}`).catch(() => {
    parsed[name] = former;
  });
}
