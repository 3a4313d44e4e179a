import { expect } from 'vitest';
import type { RunningServer } from './server.js';

/** Names of the effects that jobs left, once no job is under way any more. */
export async function effectsAtRest(
  server: RunningServer,
  milliseconds = 30_000,
): Promise<string[]> {
  const open = async () => {
    const { body } = await server.request('GET', '/api/jobs/stats');
    const [{ counts }] = body.data.queues as [{ counts: Record<string, number> }];
    return Object.entries(counts).filter(([state, count]) => count > 0 && state !== 'completed');
  };
  await expect.poll(open, { timeout: milliseconds }).toEqual([]);
  const names: string[] = [];
  for (let skip = 0; ; skip += 500) {
    const target = `/api/data/effect?top=500&skip=${String(skip)}&sort=name`;
    const { body } = await server.request('GET', target);
    const page = body.data.records as { name: string }[];
    names.push(...page.map(({ name }) => name));
    if (page.length < 500) return names;
  }
}

/** The effects that jobs of these orders leave. */
export const effectsOf = (orders: readonly string[]) => orders.map((order) => `order ${order}`);
