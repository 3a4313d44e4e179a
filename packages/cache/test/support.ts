import { randomUUID } from 'node:crypto';
import net from 'node:net';

/** The Redis that tests may use, or nothing where none answers. */
export async function findRedis(): Promise<string | undefined> {
  const url = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const { hostname, port } = new URL(url);
  return (await answers(Number(port || 6379), hostname)) ? url : undefined;
}

/** A key prefix of this test alone. */
export const uniquePrefix = (): string => `test:${randomUUID()}`;

function answers(port: number, host = '127.0.0.1'): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host, port });
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => socket.destroy());
    socket.once('connect', () => socket.destroy());
  });
}
