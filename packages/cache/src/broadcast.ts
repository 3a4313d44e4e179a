import type { BroadcastService } from '@objectos/spec/contracts';
import { z } from 'zod';

/** A broadcast whose messages go over a channel that all nodes share, or over none. */
export interface ChannelBroadcast extends BroadcastService {
  /** Takes what came over the channel. */
  receive(text: string): void;
}

const messageSchema = z.tuple([z.string(), z.string(), z.string()]);

/**
 * Makes the broadcast of one node.
 *
 * @param send puts a text on the channel; absent where there is none
 */
export function createBroadcast(node: string, send?: (text: string) => void): ChannelBroadcast {
  const handlers = new Map<string, Set<(message: string) => void>>();
  return {
    shared: send !== undefined,
    publish: (topic, message) => send?.(JSON.stringify([node, topic, message])),
    subscribe(topic, handler) {
      const known = handlers.get(topic) ?? new Set();
      handlers.set(topic, known.add(handler));
      return () => void known.delete(handler);
    },
    receive(text) {
      const message = read(text);
      if (message === undefined || message[0] === node) return;
      for (const handler of handlers.get(message[1]) ?? []) handler(message[2]);
    },
  };
}

/** Anything that is not ours on the channel is passed over. */
function read(text: string): z.infer<typeof messageSchema> | undefined {
  try {
    return messageSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
