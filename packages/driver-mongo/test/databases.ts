import { MongoClient } from 'mongodb';
import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { MongoDriver } from '../src/index.js';
import { startEmulator } from './emulator/emulator.js';

/** An empty database of a test. */
export interface OpenedDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const server = process.env['MONGODB_URL'];

/** The databases that there are: the emulator always, a real server where `MONGODB_URL` names one. */
export const databases: readonly {
  readonly name: string;
  readonly open: () => Promise<OpenedDatabase>;
}[] = [
  { name: 'mongo, on an EMULATOR', open: openEmulator },
  ...(server === undefined ? [] : [{ name: 'mongo, on a server', open: () => openServer(server) }]),
];

/** True where a real server is missing; says so, since nothing that runs then is a proof for one. */
export function noServer(): boolean {
  if (server === undefined) {
    console.warn(
      'SKIPPED: everything on a real MongoDB, because MONGODB_URL is not set. What ran, ran on an emulator.',
    );
  }
  return server === undefined;
}

async function openEmulator(): Promise<OpenedDatabase> {
  const emulator = await startEmulator();
  return { url: emulator.url, drop: () => emulator.stop() };
}

async function openServer(text: string): Promise<OpenedDatabase> {
  const url = new URL(text);
  const database = `test_${randomBytes(6).toString('hex')}`;
  url.pathname = `/${database}`;
  return {
    url: url.href,
    async drop() {
      const client = new MongoClient(url.href);
      try {
        await client.db(database).dropDatabase();
      } finally {
        await client.close();
      }
    },
  };
}

/** An empty database of the server, or else of an emulator. */
export function openMongo(): Promise<OpenedDatabase> {
  return server === undefined ? openEmulator() : openServer(server);
}

/** A driver over an empty database of the server, or else the emulator; gone after the test. */
export async function emptyMongo(): Promise<MongoDriver> {
  const place = await openMongo();
  try {
    // After the hooks of the test, in which whatever uses it is closed.
    onTestFinished(() => place.drop());
  } catch {
    // Outside a test nobody knows when it is over; an emulator ends with the process.
  }
  return new MongoDriver({ url: place.url });
}
