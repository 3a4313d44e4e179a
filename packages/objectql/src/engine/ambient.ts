import type { ContextCarrier, ExecutionContext } from '@objectos/spec/contracts';
import { running } from './transaction.js';

/**
 * Completes a context with what the carrier knows: plugin code that writes with a context of its own
 * inside a hook joins the running transaction (a second one would wait for the first for ever), and
 * keeps the chain of causes, so that loops are found however they are written, and its place in the
 * trace.
 */
export function withAmbient(
  ctx: ExecutionContext,
  carrier: ContextCarrier | undefined,
): ExecutionContext {
  const ambient = carrier?.current();
  if (ambient === undefined) return ctx;
  const cause = ctx.cause ?? ambient.cause;
  const transaction = running(ctx) ?? running(ambient);
  const trace = ctx.trace ?? ambient.trace;
  const rehearsal = ctx.rehearsal ?? ambient.rehearsal;
  return {
    ...ctx,
    ...(cause === undefined ? {} : { cause }),
    ...(transaction === undefined ? {} : { transaction }),
    ...(trace === undefined ? {} : { trace }),
    ...(rehearsal === undefined ? {} : { rehearsal }),
  };
}
