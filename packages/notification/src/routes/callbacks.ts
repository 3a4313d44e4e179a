import type { Route } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { applyEvents } from '../callbacks/apply.js';
import type { Callback, CallbackReader, Verdict } from '../callbacks/callback.js';
import type { Parts } from '../parts.js';

/** Below it, the address of each provider: what its settings are told, and what we send along. */
export const CALLBACK_PATH = '/api/notifications/callbacks';

/**
 * Where providers tell what became of messages. They have no credential: each signs what it sends. Who
 * may not be believed is told just that, and whether we know a message is told to nobody.
 */
export function callbackRoutes(parts: Parts, readers: readonly CallbackReader[]): Route[] {
  return (['POST', 'GET'] as const).map((method) => ({
    method,
    path: `${CALLBACK_PATH}/:provider`,
    access: 'public',
    async handler(request, { params }) {
      const { provider = '' } = params;
      const own = readers.filter((reader) => reader.provider === provider);
      const { pathname, search } = new URL(request.url);
      const [first] = own;
      if (first === undefined) {
        throw createError('endpoint_not_found', { method, path: pathname.slice(0, 200) });
      }
      const url = new URL(pathname + search, parts.origin() ?? request.url);
      const callback = { url, headers: request.headers, body: await request.text() };
      const verdicts = own.map((reader) => readSafely(reader, callback, parts.now()));
      const genuine = verdicts.find((verdict) => verdict.genuine);
      if (genuine === undefined) {
        const reasons = verdicts.map((verdict) => (verdict.genuine ? '' : verdict.reason));
        parts.logger.warn({ provider, reasons }, 'a callback was refused');
        throw createError('callback_refused', { provider });
      }
      const { channel } = first;
      await applyEvents(parts, { provider, channel, events: genuine.events });
      return new Response(null, { status: 204 });
    },
  }));
}

function readSafely(reader: CallbackReader, callback: Callback, now: number): Verdict {
  try {
    return reader.read(callback, now);
  } catch (error) {
    if (error instanceof SyntaxError) return { genuine: false, reason: 'it is not JSON' };
    throw error;
  }
}
