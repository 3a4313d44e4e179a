import type {
  Disposer,
  ExecutionContext,
  HookMap,
  HookRegistration,
  RecordData,
  RecordHook,
  RecordHookMap,
  RecordHookName,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { EngineOptions, HookSource } from './options.js';
import { wait, type Steps } from './steps.js';
import { running } from './transaction.js';

interface Registered {
  readonly handler: (context: never) => unknown;
  readonly owner: string;
  readonly order: number;
}

/** The record hooks of an engine: its own, and those of the kernel behind {@link HookSource}. */
export interface RecordHooks {
  register<N extends RecordHookName>(
    name: N,
    object: string,
    handler: RecordHook<N>,
    options: HookRegistration,
  ): Disposer;
  /** True when {@link run} would call anything. */
  has(name: RecordHookName, object: string): boolean;
  /** Runs the hooks in order; what a `beforeFind` hook returned last is the result. */
  run<N extends RecordHookName>(name: N, context: RecordHookMap[N]): Steps<unknown>;
}

/** Makes the hook registry of an engine. */
export function createRecordHooks(options: Pick<EngineOptions, 'hooks' | 'carrier'>): RecordHooks {
  const registered = new Map<string, Registered[]>();
  const source = options.hooks;

  function handlersFor(name: RecordHookName, object: string): readonly Registered[] {
    const own = registered.get(`${name} ${object}`);
    const every = registered.get(`${name} *`);
    if (own === undefined) return every ?? [];
    if (every === undefined) return own;
    return [...own, ...every].sort(byOrder);
  }

  return {
    register(name, object, handler, { owner, order }) {
      const key = `${name} ${object}`;
      const entry: Registered = { handler, owner, order: order ?? 100 };
      registered.set(key, [...(registered.get(key) ?? []), entry].sort(byOrder));
      return () => {
        const rest = (registered.get(key) ?? []).filter((other) => other !== entry);
        if (rest.length === 0) registered.delete(key);
        else registered.set(key, rest);
      };
    },
    has: (name, object) =>
      registered.has(`${name} ${object}`) ||
      registered.has(`${name} *`) ||
      source?.has(kernelName(name)) === true,
    *run(name, context) {
      let result: unknown;
      const log = running(context.ctx)?.rehearsal;
      for (const entry of handlersFor(name, context.object)) {
        log?.hook(name, context.object, entry.owner);
        result = (yield* call(options, entry, { name, context })) ?? result;
      }
      if (source?.has(kernelName(name)) === true) {
        for (const owner of log === undefined ? [] : source.owners(kernelName(name)))
          log?.hook(name, context.object, owner);
        yield* callSource(source, name, context);
      }
      return result;
    },
  };
}

function* call<N extends RecordHookName>(
  options: Pick<EngineOptions, 'carrier'>,
  entry: Registered,
  { name, context }: { name: N; context: RecordHookMap[N] },
): Steps<unknown> {
  const invoke = () => entry.handler(context as never);
  try {
    const outcome =
      options.carrier === undefined ? invoke() : options.carrier.run(context.ctx, invoke);
    return yield* wait(outcome);
  } catch (error) {
    if (isObjectOSError(error)) throw error;
    const params = { hook: name, object: context.object, owner: entry.owner };
    throw createError('hook_failed', params, { cause: error });
  }
}

function* callSource<N extends RecordHookName>(
  source: HookSource,
  name: N,
  context: RecordHookMap[N],
): Steps<void> {
  // The two maps list the same payloads under two names; TypeScript cannot see that for a generic N.
  yield* wait(source.run(kernelName(name), context as never));
}

function kernelName(name: RecordHookName): keyof HookMap {
  return `data.record.${name}`;
}

function byOrder(a: Registered, b: Registered): number {
  return a.order - b.order || (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0);
}

/** Lets hooks see records about to be returned, wherever in the answer they stand. */
export function* afterFind(
  parts: { readonly hooks: RecordHooks },
  object: string,
  records: RecordData[],
  ctx: ExecutionContext,
): Steps<void> {
  if (!parts.hooks.has('afterFind', object)) return;
  const link = { by: 'hook', object, operation: 'find' };
  yield* parts.hooks.run('afterFind', { object, records, ctx: hookContext(ctx, link) });
}

/**
 * The context in which hooks of one write run: inside its transaction, one link further. What they
 * read and write is in no language that somebody's request asked for.
 */
export function hookContext(
  ctx: ExecutionContext,
  link: { readonly by: string; readonly object: string; readonly operation: string },
): ExecutionContext {
  const cause = [...(ctx.cause ?? []), link];
  return ctx.recordLocale === undefined
    ? { ...ctx, cause }
    : { ...ctx, cause, recordLocale: undefined };
}
