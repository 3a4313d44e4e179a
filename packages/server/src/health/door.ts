import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { ServerConfig } from '../config.js';
import { codeOf } from '../http/catalogue-error.js';
import { errorBody } from '../http/error-body.js';

/** Seconds after which whoever was turned away may ask again. */
const RETRY_AFTER = 5;

/** Answers at the address of a server that cannot start yet, because its database is being migrated. */
export interface Door {
  /** Opens it with the first call; probes are told the last percentage. */
  tell(percent: number): void;
  /** Leaves the address to the server. */
  close(): Promise<void>;
}

/** Makes a closed door. It knows no data: `/healthz`, `/readyz`, and 503 for the rest. */
export function createDoor({ host, port }: ServerConfig, logger: Logger): Door {
  let last = 0;
  let server: Server | undefined;

  function open(): Server {
    const opened = createServer(({ url = '/' }, response) => answer(url, last, response));
    opened.on('error', (error) => {
      // The start itself will say it as an error, when it comes to listen.
      logger.warn({ host, port, reason: codeOf(error) }, 'no probe is answered while this waits');
    });
    return opened.listen({ host, port });
  }

  return {
    tell(percent) {
      last = percent;
      // Nobody knows the address of a server that takes any port.
      if (port !== 0) server ??= open();
    },
    async close() {
      const closed = server;
      server = undefined;
      if (closed?.listening !== true) return;
      closed.closeAllConnections();
      await once(closed.close(), 'close');
    },
  };
}

function answer(url: string, percent: number, response: ServerResponse): void {
  const [path] = url.split('?');
  const send = (status: number, body: unknown) => {
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      connection: 'close',
      ...(status === 503 ? { 'retry-after': String(RETRY_AFTER) } : undefined),
    });
    response.end(JSON.stringify(body));
  };
  if (path === '/healthz') return send(200, { status: 'up' });
  if (path === '/readyz') return send(503, { status: 'migrating', percent });
  const error = createError('server_starting', { percent });
  send(503, errorBody(error, randomUUID()));
}
