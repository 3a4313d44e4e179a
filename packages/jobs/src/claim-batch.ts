/** A run that was begun. */
export interface StartedRun {
  readonly ended: Promise<void>;
}

/** Gathers claims of single jobs: those that come while one is under way are the next one. */
export interface ClaimBatch {
  /** Claims a job. Resolves to its run; nothing when it may not run. */
  claim(queue: string, id: string): Promise<StartedRun | undefined>;
  /** Resolves when no claim is under way. */
  idle(): Promise<void>;
}

interface Waiting {
  readonly id: string;
  readonly resolve: (run: StartedRun | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes the batch of a worker.
 *
 * @param take - claims jobs of a queue and starts them; answers the runs by the ids of their jobs
 */
export function createClaimBatch(
  take: (queue: string, ids: readonly string[]) => Promise<ReadonlyMap<string, StartedRun>>,
): ClaimBatch {
  const waiting = new Map<string, Waiting[]>();
  const working = new Map<string, Promise<void>>();

  async function work(queue: string): Promise<void> {
    // What else comes in this turn of the loop comes along.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const batch = waiting.get(queue) ?? [];
      waiting.delete(queue);
      if (batch.length === 0) {
        working.delete(queue);
        return;
      }
      try {
        const runs = await take(
          queue,
          batch.map(({ id }) => id),
        );
        for (const { id, resolve } of batch) resolve(runs.get(id));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  return {
    claim: (queue, id) =>
      new Promise((resolve, reject) => {
        const batch = waiting.get(queue) ?? [];
        batch.push({ id, resolve, reject });
        waiting.set(queue, batch);
        if (!working.has(queue)) working.set(queue, work(queue));
      }),
    async idle() {
      while (working.size > 0) await Promise.all(working.values());
    },
  };
}
