import type { ExecutionContext, KeyValue, Principal } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';

const principalSchema = z.object({
  kind: z.enum(['user', 'system']),
  id: z.string(),
  tenantId: z.string().nullable(),
});

const sessionSchema = z.object({
  kind: z.enum(['single', 'chunked']),
  fileId: z.string(),
  name: z.string(),
  contentType: z.string().optional(),
  size: z.number(),
  principal: principalSchema,
  startedAt: z.number(),
  expiresAt: z.number(),
  state: z.enum(['open', 'working', 'done']),
  /** When the work began, of a session that is `working`. */
  since: z.number().optional(),
  /** Of a chunked one. */
  chunkSize: z.number().optional(),
  token: z.string().optional(),
});

/** An upload that is under way: announced, and not ended yet. */
export type UploadSession = z.infer<typeof sessionSchema>;

/** Work that takes longer than this died with its process. */
const ABANDONED_MS = 15 * 60_000;
/** A session is remembered after its end, so that its client learns what became of it. */
const REMEMBERED_MS = 24 * 3_600_000;

/** Uploads that are under way, in the key-value storage, so that every node knows them. */
export interface UploadSessions {
  begin(id: string, session: UploadSession): Promise<void>;
  /** @throws `upload_not_found` */
  get(id: string): Promise<UploadSession>;
  /**
   * Runs the last step of an upload, once: whoever else tries meanwhile or afterwards is refused. A
   * step that fails may be tried again.
   *
   * @throws `upload_not_found`, `upload_expired`, `upload_conflict`
   */
  finish<T>(id: string, work: (session: UploadSession) => Promise<T>): Promise<T>;
  end(id: string): Promise<void>;
  /** Ids of all sessions that there are. */
  ids(): AsyncIterable<string>;
}

/** Makes the sessions over a key-value storage. */
export function createUploadSessions(values: KeyValue, now: () => number): UploadSessions {
  const keyOf = (id: string) => `upload:${id}`;

  async function read(id: string) {
    const entry = isUploadId(id) ? await values.read(keyOf(id)) : undefined;
    if (entry === undefined) throw createError('upload_not_found', { id: id.slice(0, 100) });
    return { session: sessionSchema.parse(entry.value), version: entry.version };
  }

  function ttlOf(session: UploadSession): number {
    return Math.max(1, session.expiresAt - now()) + REMEMBERED_MS;
  }

  /** Takes the session for one worker. @returns the version that only this worker knows */
  async function take(id: string): Promise<{ session: UploadSession; version: string }> {
    const { session, version } = await read(id);
    requireAlive(id, session, now());
    const isAbandoned = session.since !== undefined && now() - session.since > ABANDONED_MS;
    if (session.state === 'working' && !isAbandoned) {
      throw createError('upload_conflict', { id, reason: 'it is being stored at this moment' });
    }
    const taken: UploadSession = { ...session, state: 'working', since: now() };
    const next = await values.compareAndSet(keyOf(id), version, taken, { ttl: ttlOf(session) });
    if (next !== undefined) return { session, version: next };
    throw createError('upload_conflict', { id, reason: 'it is being stored at this moment' });
  }

  return {
    begin: async (id, session) => {
      await values.put(keyOf(id), session, { ttl: ttlOf(session) });
    },
    get: async (id) => (await read(id)).session,
    async finish(id, work) {
      const { session, version } = await take(id);
      const settle = (state: UploadSession['state']) =>
        values.compareAndSet(keyOf(id), version, { ...session, state }, { ttl: ttlOf(session) });
      try {
        const result = await work(session);
        await settle('done');
        return result;
      } catch (error) {
        await settle('open');
        throw error;
      }
    },
    end: async (id) => {
      await values.delete(keyOf(id));
    },
    async *ids() {
      for await (const { key } of values.entries('upload:')) yield key.slice('upload:'.length);
    },
  };
}

/** @throws `upload_expired`, `upload_conflict` for one that is done */
export function requireAlive(id: string, session: UploadSession, now: number): void {
  if (session.state === 'done') {
    throw createError('upload_conflict', { id, reason: 'it is stored already' });
  }
  if (session.expiresAt <= now) throw createError('upload_expired', { id });
}

/** An upload of others is one that does not exist. @throws `upload_not_found` */
export function requireOwnUpload(
  id: string,
  { principal }: UploadSession,
  ctx: ExecutionContext,
): void {
  const { kind, id: actor, tenantId } = ctx.principal;
  if (principal.kind === kind && principal.id === actor && principal.tenantId === tenantId) return;
  throw createError('upload_not_found', { id: id.slice(0, 100) });
}

/** The context of who announced the upload, for requests that bear only a signature. */
export function contextOf({ principal }: UploadSession, ctx: ExecutionContext): ExecutionContext {
  const { kind, id, tenantId } = principal;
  const who: Principal =
    kind === 'system'
      ? { kind, id, tenantId }
      : { kind, id, tenantId, roles: [], fingerprint: 'signed upload' };
  return { ...ctx, principal: who };
}

/** Who announces an upload, as the session keeps it. */
export function principalOf({ principal }: ExecutionContext): UploadSession['principal'] {
  const { kind, id, tenantId } = principal;
  return { kind, id, tenantId };
}

function isUploadId(id: string): boolean {
  return /^[a-z0-9-]{1,64}$/.test(id);
}
