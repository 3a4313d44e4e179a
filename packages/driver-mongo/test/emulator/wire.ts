import { BSON, type Document } from 'mongodb';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** A message of a client: one command. */
export interface Message {
  readonly requestId: number;
  readonly legacy: boolean;
  readonly command: Document;
}

/** Cuts what came in into messages; returns what is left for the next ones. */
export function readMessages(buffer: Buffer): { messages: Message[]; rest: Buffer } {
  const messages: Message[] = [];
  let rest = buffer;
  while (rest.length >= 16 && rest.length >= rest.readInt32LE(0)) {
    messages.push(readMessage(rest.subarray(0, rest.readInt32LE(0))));
    rest = rest.subarray(rest.readInt32LE(0));
  }
  return { messages, rest };
}

function readMessage(bytes: Buffer): Message {
  const requestId = bytes.readInt32LE(4);
  const code = bytes.readInt32LE(12);
  if (code === OP_QUERY) {
    const end = bytes.indexOf(0, 20);
    const command = decode(bytes.subarray(end + 9));
    return { requestId, legacy: true, command };
  }
  if (code !== OP_MSG) throw new Error(`operation ${code} is none of the emulator`);
  return { requestId, legacy: false, command: readSections(bytes) };
}

function readSections(bytes: Buffer): Document {
  let command: Document = {};
  const sequences: Document = {};
  for (let at = 20; at < bytes.length;) {
    const kind = bytes[at];
    const size = bytes.readInt32LE(at + 1);
    const section = bytes.subarray(at + 1, at + 1 + size);
    if (kind === 0) command = decode(section);
    else {
      const end = section.indexOf(0, 4);
      const documents: Document[] = [];
      for (let next = end + 1; next < section.length; next += section.readInt32LE(next)) {
        documents.push(decode(section.subarray(next, next + section.readInt32LE(next))));
      }
      sequences[section.toString('utf8', 4, end)] = documents;
    }
    at += 1 + size;
  }
  return { ...command, ...sequences };
}

/** The server refuses deeper documents; so a driver that writes them is found out. */
const MAX_DEPTH = 200;

function decode(bytes: Buffer): Document {
  const document = BSON.deserialize(bytes);
  if (depthOf(document) > MAX_DEPTH) throw new Error('BSONObj exceeds maximum nested object depth');
  return document;
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || '_bsontype' in value) return 0;
  return 1 + Object.values(value).reduce<number>((most, one) => Math.max(most, depthOf(one)), 0);
}

/** The answer to a message. */
export function writeAnswer({ requestId, legacy }: Message, answer: Document): Buffer {
  const body = BSON.serialize(answer, { ignoreUndefined: true });
  const head = Buffer.alloc(legacy ? 36 : 21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(requestId, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}
