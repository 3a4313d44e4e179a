import { token } from './server.js';

/** What clients of a {@link Load} saw. */
export interface Seen {
  /** Orders whose request was answered with success. */
  readonly orders: readonly string[];
  /** Everything else: other answers, broken connections. */
  readonly errors: readonly string[];
}

/** Clients that place one order after the other. */
export interface Load {
  /** Resolves when this many more orders are placed, or a client saw an error. */
  placed(count: number): Promise<void>;
  /** Lets every client finish its request. */
  finish(): Promise<Seen>;
}

/**
 * Starts clients on kept-alive connections. A client ends by itself after an answer that ends its
 * connection, as one behind a balancer goes elsewhere, when `leaves` says so.
 */
export function startLoad(url: string, options: { clients: number; leaves: boolean }): Load {
  const orders: string[] = [];
  const errors: string[] = [];
  let finished = false;
  const client = async (name: number): Promise<void> => {
    for (let serial = 0; !finished; serial += 1) {
      const order = `${String(name)}-${String(serial)}`;
      try {
        const answer = await fetch(`${url}/api/orders/${order}`, {
          method: 'POST',
          headers: { authorization: `Bearer ${token}` },
        });
        const text = await answer.text();
        if (answer.status === 202) orders.push(order);
        else errors.push(`${order}: ${String(answer.status)} ${text}`);
        if (options.leaves && answer.headers.get('connection') === 'close') return;
      } catch (error) {
        errors.push(`${order}: ${String(error)} ${String((error as Error).cause)}`);
        if (options.leaves) return;
      }
    }
  };
  const clients = Array.from({ length: options.clients }, (_, name) => client(name));
  return {
    async placed(count) {
      const goal = orders.length + count;
      while (orders.length < goal && errors.length === 0) await pause();
    },
    async finish() {
      // Clients that leave do so when the server tells them to.
      if (!options.leaves) finished = true;
      await Promise.all(clients);
      return { orders, errors };
    },
  };
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
