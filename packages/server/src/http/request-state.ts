import type { ExecutionContext, MaybePromise } from '@objectos/spec/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { MatchedRoute } from '../routes/route-table.js';
import { createError } from '@objectos/spec/errors';

/** What the request hook found out before any handler runs. */
export type RequestState =
  | { readonly access: 'public' }
  | {
      readonly access: 'granted';
      readonly context: ExecutionContext;
      readonly route?: MatchedRoute | undefined;
    };

declare module 'fastify' {
  interface FastifyRequest {
    /** `null` until the request hook let the request pass. */
    objectos: RequestState | null;
  }
}

/** The context of an authenticated request. @throws `unauthenticated` */
export function contextOf(request: FastifyRequest): ExecutionContext {
  const state = request.objectos;
  if (state?.access === 'granted') return state.context;
  throw createError('unauthenticated', { reason: 'This request was not authenticated.' });
}

/** A handler that answers through the reply itself, past Nest's response pipeline. */
export type Handler = (request: FastifyRequest, reply: FastifyReply) => MaybePromise<void>;
