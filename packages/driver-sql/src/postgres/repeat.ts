import { setTimeout as delay } from 'node:timers/promises';
import { mayRunAgain } from './errors.js';

/** How often work that met another transaction, or a dead connection, is run again. */
const RETRIES = 3;
/** Longest wait before the first repetition; the others wait up to two and three times as long. */
const WAIT_MS = 20;

/** Thrown by work that has had no effect and may succeed if it is run again. */
export class Repeatable extends Error {
  constructor(override readonly cause: Error) {
    super('the work may be run again');
  }
}

/** Runs work; again, at most three times, when it says that this may help. */
export async function repeat<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Repeatable)) throw error;
      if (attempt > RETRIES) throw error.cause;
      // Two transactions that met would meet again if both waited equally long.
      if (mayRunAgain(error.cause)) await delay(Math.random() * WAIT_MS * attempt);
    }
  }
}
