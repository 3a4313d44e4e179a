/** How often a transaction is run again. */
const REPETITIONS = 3;

/** Work that failed for a reason that may be gone the next time. */
export class Repeatable extends Error {
  constructor(readonly reason: unknown) {
    super('may be run again', { cause: reason });
  }
}

/** Runs work, and again where it says so; its last failure is thrown as what it was. */
export async function repeat<T>(work: () => Promise<T>): Promise<T> {
  for (let run = 0; ; run += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Repeatable)) throw error;
      if (run === REPETITIONS) throw error.reason;
      await pause(run);
    }
  }
}

/** Waits a little, longer each time and never the same, so that rivals do not meet again. */
export function pause(attempt: number): Promise<void> {
  const most = Math.min(2 ** attempt, 32);
  return new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * most));
}
