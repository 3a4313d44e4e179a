import type { Disposer } from './disposable.js';
import { serviceRef } from './refs.js';

/**
 * Short messages to the other nodes of an installation: that something changed, and what they keep of
 * it is old. At most once: a message is lost while the backend is away, so whoever listens also looks
 * by itself now and then.
 */
export interface BroadcastService {
  /** True when other nodes may hear. */
  readonly shared: boolean;
  /** Tells the other nodes, not this one. Never throws, never waits. */
  publish(topic: string, message: string): void;
  /** Hears what other nodes tell. @returns ends the listening */
  subscribe(topic: string, handler: (message: string) => void): Disposer;
}

/** Messages between nodes. Provided by the cache plugin. */
export const broadcastService = serviceRef<BroadcastService>('broadcast');
