import type { DataEngine } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { lookUpContext } from '../principal/load.js';

const begun = z.object({
  provider: z.string(),
  /** Hash of what only the browser that began has. */
  browser: z.string(),
  callbackURL: z.string().optional(),
  errorCallbackURL: z.string().optional(),
});

const answered = begun.partial({ browser: true }).extend({
  identity: z.object({
    subject: z.string(),
    email: z.string(),
    name: z.string(),
    groups: z.array(z.string()),
  }),
});

/** A sign-in that waits for the provider's answer. */
export type Begun = z.output<typeof begun>;
/** An answer that waits for the browser. Without `browser`, nobody had asked. */
export type Answered = z.output<typeof answered>;

const SCHEMAS = { begun, answered };
type Kind = keyof typeof SCHEMAS;
type Ticket<K extends Kind> = z.output<(typeof SCHEMAS)[K]>;

/** What waits between the steps of a sign-in, each good for one step, on whichever node it comes. */
export interface Tickets {
  put<K extends Kind>(kind: K, key: string, ticket: Ticket<K>, seconds: number): Promise<void>;
  read<K extends Kind>(kind: K, key: string): Promise<Ticket<K> | undefined>;
  /** Gives it to one caller, however many ask at once. */
  take<K extends Kind>(kind: K, key: string): Promise<Ticket<K> | undefined>;
  /** False for a key that was used before, until then. */
  use(key: string, until: number): Promise<boolean>;
}

/** Keeps tickets among the one-time tokens of sign-in, which are swept when they expire. */
export function createTickets(engine: DataEngine): Tickets {
  const idOf = (kind: string, key: string) => hashOf(`saml ${kind} ${key}`);

  async function put(id: string, value: string, until: number): Promise<void> {
    const expires_at = new Date(until).toISOString();
    const record = { id, identifier: id, value, expires_at };
    await engine.insert('user_verification', record, lookUpContext(), { acceptId: true });
  }

  const tickets: Tickets = {
    put: (kind, key, ticket, seconds) =>
      put(idOf(kind, key), JSON.stringify(ticket), Date.now() + seconds * 1000),
    async read(kind, key) {
      const where = { op: 'eq', field: 'id', value: idOf(kind, key) } as const;
      const query = { where, limit: 1 };
      const [row] = (await engine.find('user_verification', query, lookUpContext())).records;
      const isGood = row !== undefined && Date.parse(String(row['expires_at'])) > Date.now();
      return isGood ? (SCHEMAS[kind].parse(JSON.parse(String(row['value']))) as never) : undefined;
    },
    async take(kind, key) {
      const ticket = await tickets.read(kind, key);
      if (ticket === undefined) return undefined;
      try {
        await engine.delete('user_verification', idOf(kind, key), lookUpContext());
        return ticket;
      } catch (error) {
        if (isObjectOSError(error, 'record_not_found')) return undefined;
        throw error;
      }
    },
    async use(key, until) {
      try {
        await put(idOf('used', key), 'used', until);
        return true;
      } catch (error) {
        if (isObjectOSError(error, 'duplicate_value')) return false;
        throw error;
      }
    },
  };
  return tickets;
}

/** The form in which keys and the browser's secret are kept. */
export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
