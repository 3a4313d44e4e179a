import type { RunningMigration } from './progress.js';

/** How often a start that takes long looks how far it is. */
const LOOK_MS = 1_000;

/**
 * Tells how far a migration is while `work` does it or waits for another process that does: both are
 * in the journal.
 */
export async function watched<T>(
  work: () => Promise<T>,
  look: () => Promise<readonly RunningMigration[]>,
  tell: ((running: RunningMigration) => void) | undefined,
): Promise<T> {
  if (tell === undefined) return work();
  let looking = false;
  let ended = false;
  async function lookOnce(told: (running: RunningMigration) => void): Promise<void> {
    if (looking) return;
    looking = true;
    try {
      const [first] = await look();
      if (first !== undefined && !ended) told(first);
    } catch {
      // A database that does not answer ends the work as well, which says why.
    } finally {
      looking = false;
    }
  }
  const timer = setInterval(() => void lookOnce(tell), LOOK_MS);
  try {
    return await work();
  } finally {
    ended = true;
    clearInterval(timer);
  }
}
