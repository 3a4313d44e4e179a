/** Whether the server wants more requests. */
export interface Readiness {
  ready(): boolean;
  /** True from the moment the server begins to stop: connections end with their next answer. */
  draining(): boolean;
  set(state: 'ready' | 'draining'): void;
}

/** Not ready until the server listens, and not ready again from the moment it begins to stop. */
export function createReadiness(): Readiness {
  let state: 'starting' | 'ready' | 'draining' = 'starting';
  return {
    ready: () => state === 'ready',
    draining: () => state === 'draining',
    set(next) {
      state = next;
    },
  };
}
