import type { LookupAddress } from 'node:dns';
import http, { type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { createOutboundService, type OutboundConfig } from '../src/index.js';

/** What a server of a test received. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real server of one test on 127.0.0.1, which keeps what it received. */
export async function serve(
  answer: RequestListener = (_request, response) => response.end('hello'),
): Promise<{ port: number; received: Received[] }> {
  const received: Received[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as AddressInfo).port, received };
}

/** A service whose names lead where the test says: a list per name, or what a function answers. */
export function outboundWith(
  names: Readonly<Record<string, readonly string[] | (() => readonly string[])>>,
  config: Partial<OutboundConfig> = {},
) {
  const asked: string[] = [];
  const service = createOutboundService({
    config,
    resolve: async (host) => {
      asked.push(host);
      const entry = names[host.replace(/\.$/, '')];
      if (entry === undefined) {
        throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' });
      }
      return (typeof entry === 'function' ? entry() : entry).map((address): LookupAddress => ({
        address,
        family: address.includes(':') ? 6 : 4,
      }));
    },
  });
  return { service, asked };
}

/** The code with which work is refused, or `answered`. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'answered';
  } catch (error) {
    return (error as { code: string }).code;
  }
}
