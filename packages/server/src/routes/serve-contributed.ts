import type { PluginContext, RouteContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readPreferences } from '../data/preferences.js';
import { pathOf, type ErrorResponder } from '../http/reply.js';
import type { MatchedRoute } from './route-table.js';
import { abortOnDisconnect, toWebRequest } from './web-request.js';

/** What running a contributed route needs. */
export interface ContributedOptions {
  /** Origin of the URL that the handler sees. */
  readonly origin: () => string;
  readonly deadlineMs: number;
  /** The same for routes that read their body as it arrives. */
  readonly transferMs: number;
  /** Makes the context of the request that of all that its handler calls. */
  readonly runInContext: PluginContext['runInContext'];
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

/**
 * Serves routes with `body: 'stream'` before anything reads the body. Whatever is left of it when the
 * answer is there would be taken for the next request, so the connection is closed then.
 */
export function installStreamedRoutes(
  fastify: FastifyInstance,
  options: ContributedOptions,
  respondError: ErrorResponder,
): void {
  fastify.addHook('preParsing', (request, reply, payload, done) => {
    const state = request.objectos;
    const route = state?.access === 'granted' ? state.route?.route : undefined;
    // Where a controller serves the same path, it comes first, as everywhere.
    if (!request.is404 || route?.body !== 'stream') {
      done(null, payload);
      return;
    }
    serveContributed(request, reply, options).catch((error: unknown) =>
      respondError(request, reply, error),
    );
  });
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    const state = request.objectos;
    const route = state?.access === 'granted' ? state.route?.route : undefined;
    if (route?.body === 'stream' && !request.raw.readableEnded) reply.header('connection', 'close');
    done();
  });
}

/** We can't undo what a plugin does, and a rehearsal that is none would be worse than a refusal. */
function refuseDryRun({ headers }: FastifyRequest): void {
  if (!readPreferences(headers.prefer).dryRun) return;
  throw createError('option_not_supported', { option: 'Prefer: dry-run' });
}

async function runInTime(
  request: FastifyRequest,
  reply: FastifyReply,
  { matched: { route }, context: given, origin, runInContext, ...times }: Run,
): Promise<Response> {
  const streamed = route.body === 'stream';
  const deadlineMs = streamed ? times.transferMs : times.deadlineMs;
  const context = streamed ? { ...given, deadline: Date.now() + deadlineMs } : given;
  const controller = new AbortController();
  abortOnDisconnect(reply, controller);
  const { signal } = controller;
  const webRequest = toWebRequest(request, { origin: origin(), signal, streamed });
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(createError('deadline_exceeded', { operation: `${route.method} ${route.path}` }));
      controller.abort();
    }, deadlineMs);
  });
  try {
    const work = () => route.handler(webRequest, context);
    return await Promise.race([runInContext(context, work), expired]);
  } finally {
    clearTimeout(timer);
  }
}
