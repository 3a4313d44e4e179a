import type { Client } from 'ldapts';
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { LdapConfig } from './config.js';
import { askForTls } from './start-tls.js';

/**
 * Opens one connection and hands it to the LDAP client. The client would open another one by itself
 * after a loss, and say the next password there without StartTLS; this one ends with its socket.
 */
export async function openConnection(config: LdapConfig, url: string): Promise<Client> {
  const timeout = config.timeoutSeconds * 1000;
  const [{ Client: LdapClient }, socket] = await Promise.all([
    import('ldapts'),
    openSocket(config, url, timeout),
  ]);
  let isTaken = false;
  const client = new LdapClient({
    url: 'ldap://connected',
    timeout,
    createConnection: () => {
      if (isTaken) throw new Error('the connection to the directory was lost');
      isTaken = true;
      return socket;
    },
  });
  return client;
}

async function openSocket(config: LdapConfig, url: string, timeout: number): Promise<Socket> {
  const { hostname, protocol, port: given } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isTls = protocol === 'ldaps:';
  const port = given === '' ? (isTls ? 636 : 389) : Number(given);
  const deadline = AbortSignal.timeout(timeout);
  const tls = tlsOptions(config, host);
  if (isTls) return ready(connectTls({ ...tls, port }), 'secureConnect', deadline);
  const plain = await ready(connectPlain({ host, port }), 'connect', deadline);
  if (!config.startTls) return plain;
  return guarded(plain, deadline, async () => {
    await askForTls(plain);
    return ready(connectTls({ ...tls, socket: plain }), 'secureConnect', deadline);
  });
}

/** Who the server is gets checked, whatever the process's environment says. */
function tlsOptions({ ca }: LdapConfig, host: string) {
  return {
    host,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
  } as const;
}

function ready<S extends Socket>(socket: S, event: string, deadline: AbortSignal): Promise<S> {
  return guarded(
    socket,
    deadline,
    () =>
      new Promise((resolve, reject) => {
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('the server closed the connection')));
        socket.once(event, () => {
          socket.off('error', reject);
          resolve(socket);
        });
      }),
  );
}

/** Gives the socket up when the time is over or the work fails. */
async function guarded<T>(
  socket: Socket,
  deadline: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const end = (): void => void socket.destroy(new Error('the server does not answer in time'));
  deadline.addEventListener('abort', end, { once: true });
  try {
    return await work();
  } catch (error) {
    socket.on('error', () => undefined).destroy();
    throw error;
  } finally {
    deadline.removeEventListener('abort', end);
  }
}
