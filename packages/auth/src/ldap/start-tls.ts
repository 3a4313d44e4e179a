import type { Socket } from 'node:net';

/** ExtendedRequest 1.3.6.1.4.1.1466.20037 as message 1 (RFC 4511, 4.14). */
const REQUEST = Buffer.concat([
  Buffer.from([0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16]),
  Buffer.from('1.3.6.1.4.1.1466.20037'),
]);
const EXTENDED_RESPONSE = 0x78;
const MAX_ANSWER = 4096;

/**
 * Asks for encryption on a connection where nothing was said yet. What stands behind the answer came
 * unencrypted from whoever, and would be taken for part of what follows: it ends the connection.
 */
export function askForTls(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0);
    const settle = (problem?: string): void => {
      socket.off('data', take).off('close', closed).off('error', reject);
      if (problem === undefined) resolve();
      else reject(new Error(problem));
    };
    const closed = (): void => settle('the server closed the connection');
    const take = (data: Buffer): void => {
      answer = Buffer.concat([answer, data]);
      const length = messageLength(answer);
      if (length === undefined && answer.length < MAX_ANSWER) return;
      socket.pause();
      const isWhole = length === answer.length;
      settle(isWhole && isAccepted(answer) ? undefined : 'the server refuses StartTLS');
    };
    socket.on('data', take).once('close', closed).once('error', reject);
    socket.write(REQUEST);
  });
}

/** Length of the first message; `undefined` until its head is there and all of it. */
function messageLength(bytes: Buffer): number | undefined {
  const head = readHead(bytes, 0);
  if (head === undefined || bytes.length < head.end) return undefined;
  return head.end;
}

/** True for an ExtendedResponse to message 1 with the result 0. */
function isAccepted(bytes: Buffer): boolean {
  const message = readHead(bytes, 0);
  const id = message && readHead(bytes, message.start);
  const response = id && readHead(bytes, id.end);
  const result = response && readHead(bytes, response.start);
  return (
    message?.tag === 0x30 &&
    id?.tag === 0x02 &&
    bytes[id.end - 1] === 1 &&
    response?.tag === EXTENDED_RESPONSE &&
    result?.tag === 0x0a &&
    result.end - result.start === 1 &&
    bytes[result.start] === 0
  );
}

/** Tag and bounds of one BER element with a length of up to two bytes. */
function readHead(bytes: Buffer, at: number) {
  const [tag, first, second, third] = bytes.subarray(at, at + 4);
  if (tag === undefined || first === undefined) return undefined;
  if (first < 0x80) return bounds(tag, at + 2, first);
  if (first === 0x81 && second !== undefined) return bounds(tag, at + 3, second);
  if (first !== 0x82 || second === undefined || third === undefined) return undefined;
  return bounds(tag, at + 4, second * 256 + third);
}

function bounds(tag: number, start: number, length: number) {
  return { tag, start, end: start + length };
}
