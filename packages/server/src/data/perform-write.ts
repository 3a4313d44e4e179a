import type {
  AccessOperation,
  ExecutionContext,
  OnceAccess,
  Rehearsal,
} from '@objectos/spec/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendJsonText } from '../http/reply.js';
import type { ServerParts } from '../nest/tokens.js';
import { onceRequest } from './idempotency.js';
import { writeRequest } from './record-locale.js';
import { readPreferences, type WritePreferences } from './preferences.js';

/** The answer of a write: what is sent, and what is kept for a repeated request. Plain JSON. */
export interface WriteAnswer {
  readonly status: number;
  /** JSON text. */
  readonly text: string;
  readonly etag?: string | undefined;
}

/** A write, run in the context that it is given. */
export type Write = (ctx: ExecutionContext) => Promise<WriteAnswer>;

/** A request that writes. */
export interface WriteCall {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** What it does, and to which objects; asked again before a stored answer is repeated. */
  readonly access: readonly OnceAccess[];
}

/**
 * The one way of all writes over REST: runs the write, rehearses it (`Prefer: dry-run`), or answers
 * from memory (`Idempotency-Key`).
 */
export async function performWrite(
  parts: ServerParts,
  { request, reply, access }: WriteCall,
  write: Write,
): Promise<void> {
  const { ctx } = writeRequest(request, reply);
  const preferences = readPreferences(request.headers.prefer);
  const once = onceRequest(request, access);
  let answer: WriteAnswer;
  if (preferences.dryRun) {
    answer = rehearsalAnswer(await parts.engine.rehearse(ctx, write));
  } else if (once === undefined) {
    answer = await write(ctx);
  } else {
    const { result, replayed } = await parts.engine.once(once, ctx, write);
    if (replayed) reply.header('idempotency-replayed', 'true');
    answer = result;
  }
  tellApplied(reply, preferences);
  reply.code(answer.status);
  if (answer.etag !== undefined) reply.header('etag', answer.etag);
  sendJsonText(reply, answer.text, parts.config.compressBytes);
}

/** A write to one object. */
export function accessTo(
  object: string,
  ...operations: readonly AccessOperation[]
): readonly OnceAccess[] {
  return [{ object, operations }];
}

/** Always a 200: the rehearsal took place. `status` and `answer` are what the write would have got. */
function rehearsalAnswer({ outcome, changes, steps }: Rehearsal<WriteAnswer>): WriteAnswer {
  const fired = `"changes":${JSON.stringify(changes)},"steps":${JSON.stringify(steps)}`;
  if (outcome.ok) {
    const { status, text } = outcome.result;
    return {
      status: 200,
      text: dryRunText(`"ok":true,"status":${status},"answer":${text}`, fired),
    };
  }
  const { status, code, message, hint, fieldErrors, details } = outcome.error;
  const error = JSON.stringify({ code, message, hint, fieldErrors, details });
  return { status: 200, text: dryRunText(`"ok":false,"status":${status},"error":${error}`, fired) };
}

function dryRunText(outcome: string, fired: string): string {
  return `{"success":true,"data":{"dryRun":true,${outcome},${fired}}}`;
}

function tellApplied(reply: FastifyReply, { dryRun, merge }: WritePreferences): void {
  const applied = [dryRun ? 'dry-run' : [], merge ? 'merge' : []].flat();
  if (applied.length > 0) reply.header('preference-applied', applied.join(', '));
}
