import type { RouteContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { readPreferences } from '../data/preferences.js';
import { pathOf } from '../http/reply.js';
import type { MatchedRoute } from './route-table.js';
import { abortOnDisconnect, toWebRequest } from './web-request.js';

/** What running a contributed route needs. */
export interface ContributedOptions {
  /** Origin of the URL that the handler sees. */
  readonly origin: () => string;
  readonly deadlineMs: number;
}

interface Run extends ContributedOptions {
  readonly matched: MatchedRoute;
  readonly context: RouteContext;
}

/**
 * Answers everything that no controller serves: the routes that plugins contributed, which come and
 * go while the server runs, and behind them the catalogue's 404.
 *
 * @throws `endpoint_not_found`, `deadline_exceeded`, what the handler throws
 */
export async function serveContributed(
  request: FastifyRequest,
  reply: FastifyReply,
  options: ContributedOptions,
): Promise<void> {
  const state = request.objectos;
  if (state?.access !== 'granted' || state.route === undefined) {
    const path = pathOf(request.raw.url).slice(0, 200);
    throw createError('endpoint_not_found', { method: request.method, path });
  }
  refuseDryRun(request);
  const { route: matched, context } = state;
  const run = { ...options, matched, context: { ...context, params: matched.params } };
  await reply.send(await runInTime(request, reply, run));
}

/** We can't undo what a plugin does, and a rehearsal that is none would be worse than a refusal. */
function refuseDryRun({ headers }: FastifyRequest): void {
  if (!readPreferences(headers.prefer).dryRun) return;
  throw createError('option_not_supported', { option: 'Prefer: dry-run' });
}

async function runInTime(
  request: FastifyRequest,
  reply: FastifyReply,
  { matched: { route }, context, origin, deadlineMs }: Run,
): Promise<Response> {
  const controller = new AbortController();
  abortOnDisconnect(reply, controller);
  const webRequest = toWebRequest(request, { origin: origin(), signal: controller.signal });
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(createError('deadline_exceeded', { operation: `${route.method} ${route.path}` }));
      controller.abort();
    }, deadlineMs);
  });
  try {
    return await Promise.race([route.handler(webRequest, context), expired]);
  } finally {
    clearTimeout(timer);
  }
}
