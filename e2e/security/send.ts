import { request as httpRequest } from 'node:http';
import { TABLES } from './application.js';
import type { CaseRequest } from './cases.js';
import type { Actor, World } from './world.js';

/** An answer as it came. */
export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The body as JSON; `undefined` when it is none. */
  readonly body: unknown;
  /** Statements on the application's tables. */
  readonly statements: number;
}

/** Sends a request of a case as an actor. Its path goes out as it is written, whatever it contains. */
export async function send(world: World, request: CaseRequest, actor: Actor): Promise<Sent> {
  const { method, path, headers, body } = withIds(world, request);
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const { hostname, port } = new URL(world.url);
  world.statements.reset();
  const answer = await new Promise<Omit<Sent, 'body' | 'statements'>>((resolve, reject) => {
    const call = httpRequest({
      hostname,
      port,
      method,
      path,
      headers: {
        ...world.headers[actor],
        ...(text === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
        ...headers,
      },
    });
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    call.end(text);
  });
  return { ...answer, body: parse(answer.text), statements: world.statements.count(TABLES) };
}

/** Puts ids in the place of the names in braces, and says what must be encoded in a path. */
function withIds(world: World, request: CaseRequest): CaseRequest {
  const put = (text: string): string =>
    text.replaceAll(/\{([\w.]+)\}/g, (whole, name: string) => world.ids[name] ?? whole);
  const body = request.body === undefined ? undefined : put(JSON.stringify(request.body));
  return {
    ...request,
    path: put(decodedBraces(request.path)).replaceAll(' ', '%20'),
    headers: Object.fromEntries(
      Object.entries(request.headers).map(([key, value]) => [key, put(value)]),
    ),
    body: body === undefined ? undefined : (JSON.parse(body) as CaseRequest['body']),
  };
}

/** A query string is written by `URLSearchParams`, which encodes the braces of names. */
function decodedBraces(path: string): string {
  return path.replaceAll(/%7B([\w.]+)%7D/g, '{$1}');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
