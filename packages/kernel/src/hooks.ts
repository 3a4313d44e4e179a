import {
  inSpan,
  type Disposer,
  type MaybePromise,
  type TraceContext,
  type Tracer,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { isPromiseLike } from './timeout.js';

type HookHandler = (...args: readonly unknown[]) => MaybePromise<void>;

/** Ordered, awaited extension points; a handler may change the payload or veto by throwing. */
export interface HookRegistry {
  readonly size: number;
  add(name: string, owner: string, handler: HookHandler, order: number): Disposer;
  has(name: string): boolean;
  /** Who registered the handlers, in the order in which they run. */
  owners(name: string): readonly string[];
  /**
   * Runs the handlers one after the other. Gives a promise only when a handler did: a hook whose
   * handlers are all synchronous costs its caller no turn of the event loop.
   * @throws what a handler throws if it is a catalogue error, else `hook_failed` with it as cause
   */
  run(name: string, args: readonly unknown[]): MaybePromise<void>;
}

interface Entry {
  readonly owner: string;
  readonly order: number;
  readonly handler: HookHandler;
}

const noTracer = (): undefined => undefined;

/** Makes an empty registry. With a tracer each handler is a step of the trace of its payload's context. */
export function createHookRegistry(tracer: () => Tracer | undefined = noTracer): HookRegistry {
  // Arrays are replaced, never changed: a run goes on over the handlers it began with.
  const hooks = new Map<string, readonly Entry[]>();
  let size = 0;

  return {
    get size() {
      return size;
    },
    add(name, owner, handler, order) {
      const entry: Entry = { owner, order, handler };
      hooks.set(name, [...(hooks.get(name) ?? []), entry].sort(compareEntries));
      size += 1;
      return () => {
        const present = hooks.get(name);
        if (present?.includes(entry) !== true) return;
        size -= 1;
        if (present.length === 1) hooks.delete(name);
        else
          hooks.set(
            name,
            present.filter((other) => other !== entry),
          );
      };
    },
    has: (name) => hooks.has(name),
    owners: (name) => (hooks.get(name) ?? []).map((entry) => entry.owner),
    run(name, args) {
      const entries = hooks.get(name);
      if (entries === undefined) return undefined;
      const active = tracer();
      const isFollowed = active !== undefined && isRecorded(args[0]);
      return runFrom(name, isFollowed ? traced(name, entries, active) : entries, 0, args);
    },
  };
}

/** Total and stable: by order, then plugin id; `sort` keeps the order of registration for ties. */
function compareEntries(left: Entry, right: Entry): number {
  if (left.order !== right.order) return left.order - right.order;
  return left.owner < right.owner ? -1 : left.owner > right.owner ? 1 : 0;
}

function runFrom(
  name: string,
  entries: readonly Entry[],
  start: number,
  args: readonly unknown[],
): MaybePromise<void> {
  for (let index = start; index < entries.length; index += 1) {
    const entry = entries[index];
    if (entry === undefined) return;
    let result: unknown;
    try {
      result = entry.handler(...args);
    } catch (error) {
      throw hookError(name, entry, args, error);
    }
    if (isPromiseLike(result)) return continueAfter(result, { name, entries, index, args });
  }
}

/** The same handlers, each as a step of its trace. */
function traced(name: string, entries: readonly Entry[], tracer: Tracer): readonly Entry[] {
  return entries.map((entry) => ({
    ...entry,
    handler: (...args) => {
      const attributes = { 'objectos.plugin': entry.owner, 'objectos.object': objectOf(args[0]) };
      const span = { name: `hook ${name}`, trace: traceOf(args[0]), attributes };
      return inSpan(tracer, span, () => entry.handler(...args));
    },
  }));
}

function isRecorded(payload: unknown): boolean {
  const trace = traceOf(payload);
  return trace !== undefined && trace.sampled !== false;
}

function traceOf(payload: unknown): TraceContext | undefined {
  if (typeof payload !== 'object' || payload === null || !('ctx' in payload)) return undefined;
  return (payload.ctx as { readonly trace?: TraceContext }).trace;
}

interface Position {
  readonly name: string;
  readonly entries: readonly Entry[];
  readonly index: number;
  readonly args: readonly unknown[];
}

async function continueAfter(result: PromiseLike<unknown>, at: Position): Promise<void> {
  try {
    await result;
  } catch (error) {
    throw hookError(at.name, at.entries[at.index], at.args, error);
  }
  await runFrom(at.name, at.entries, at.index + 1, at.args);
}

function hookError(
  hook: string,
  entry: Entry | undefined,
  args: readonly unknown[],
  cause: unknown,
): unknown {
  if (isObjectOSError(cause)) return cause;
  const owner = `plugin "${entry?.owner ?? ''}"`;
  return createError('hook_failed', { hook, object: objectOf(args[0]), owner }, { cause });
}

/** Record hooks say which object they are about; others are about themselves. */
function objectOf(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null || !('object' in payload))
    return 'its payload';
  return typeof payload.object === 'string' ? payload.object : 'its payload';
}
