import { Agent, createServer, get, request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A balancer as people put before several nodes: by readiness, in turns, and without second tries. */
export interface Proxy {
  readonly url: string;
  add(node: string): Promise<void>;
  remove(node: string): void;
  close(): void;
}

const POLL_MILLISECONDS = 50;

/** Starts a proxy without nodes. A node is asked whether it is ready, again and again. */
export async function startProxy(): Promise<Proxy> {
  const nodes = new Map<string, boolean>();
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const server = createServer((incoming, outgoing) => {
    const ready = [...nodes].filter(([, isReady]) => isReady).map(([node]) => node);
    turn += 1;
    const node = ready[turn % ready.length];
    if (node === undefined) {
      outgoing.writeHead(502).end('no node is ready');
      return;
    }
    const { method, headers, url = '/' } = incoming;
    const forwarded = request(node + url, { method, headers, agent }, (answer) => {
      const own = new Set(['connection', 'keep-alive']);
      const headers = Object.entries(answer.headers).filter(([name]) => !own.has(name));
      outgoing.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers));
      answer.pipe(outgoing);
    });
    forwarded.on('error', (error) => outgoing.writeHead(502).end(`${node}: ${error.message}`));
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const look = async (): Promise<void> => {
    for (const node of nodes.keys()) {
      const ready = (await statusOf(`${node}/readyz`)) === 200;
      if (nodes.has(node)) nodes.set(node, ready);
    }
  };
  const timer = setInterval(() => void look(), POLL_MILLISECONDS);
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    async add(node) {
      nodes.set(node, false);
      while (nodes.get(node) !== true) await look();
    },
    remove: (node) => void nodes.delete(node),
    close() {
      clearInterval(timer);
      agent.destroy();
      server.closeAllConnections();
      server.close();
    },
  };
}

function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (answer: IncomingMessage) => {
      answer.resume();
      resolve(answer.statusCode);
    }).on('error', () => resolve(undefined));
  });
}
