import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { createError } from '@objectos/spec/errors';
import type { FastifyRequest } from 'fastify';

/**
 * Nest's global guard: closed unless the request hook opened. It decides nothing itself; it makes
 * sure that no controller is ever reached by a request that the hook has not seen.
 */
export const denyByDefaultGuard: CanActivate = {
  canActivate(context: ExecutionContext): boolean {
    if (context.switchToHttp().getRequest<FastifyRequest>().objectos !== null) return true;
    throw createError('unauthenticated', { reason: 'This request was not authenticated.' });
  },
};
