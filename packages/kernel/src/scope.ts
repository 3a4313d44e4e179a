import type { Disposer } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { TIMED_OUT, withTimeout } from './timeout.js';

/** Everything one run of a plugin has registered. Closed once, never reopened. */
export interface Scope {
  readonly owner: string;
  readonly signal: AbortSignal;
  /** How many registrations it holds. */
  readonly size: number;
  /** @throws `plugin_scope_closed` once the scope is closed. */
  assertOpen(action: string): void;
  /** Owns `undo`; the disposer it returns undoes once and lets go. */
  own(undo: Disposer): Disposer;
  /** Tells the plugin that it stops; registrations stay until {@link Scope.dispose}. */
  abort(): void;
  /** Refuses registrations from now on; a timed-out setup that goes on meets this. */
  close(): void;
  /** Undoes everything, last first. A failing or hanging part never keeps the rest from it. */
  dispose(milliseconds: number, onFailure: (error: unknown) => void): Promise<void>;
}

/** Makes the scope of one run of the plugin `owner`. */
export function createScope(owner: string): Scope {
  const controller = new AbortController();
  const undos = new Set<Disposer>();
  let closed = false;

  const closedError = (action: string) =>
    createError('plugin_scope_closed', { plugin: owner, action });

  return {
    owner,
    signal: controller.signal,
    get size() {
      return undos.size;
    },
    assertOpen(action) {
      if (closed) throw closedError(action);
    },
    own(undo) {
      const dispose = (): void | Promise<void> => {
        if (undos.delete(dispose)) return undo();
      };
      undos.add(dispose);
      return dispose;
    },
    abort: () => controller.abort(closedError('go on')),
    close() {
      closed = true;
      controller.abort(closedError('go on'));
    },
    async dispose(milliseconds, onFailure) {
      closed = true;
      const until = performance.now() + milliseconds;
      for (const dispose of [...undos].reverse()) {
        try {
          const left = Math.max(0, until - performance.now());
          const outcome = await withTimeout(dispose, left, onFailure);
          if (outcome === TIMED_OUT) {
            onFailure(
              createError('plugin_timeout', { plugin: owner, phase: 'dispose', milliseconds }),
            );
          }
        } catch (error) {
          onFailure(error);
        }
      }
    },
  };
}
