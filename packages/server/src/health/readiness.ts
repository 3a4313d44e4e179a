/** Whether the server wants more requests. */
export interface Readiness {
  ready(): boolean;
  set(ready: boolean): void;
}

/** Not ready until the server listens, and not ready again from the moment it begins to stop. */
export function createReadiness(): Readiness {
  let state = false;
  return {
    ready: () => state,
    set(ready) {
      state = ready;
    },
  };
}
