import { sizeOf, writeSpan, type EndedSpan } from './form.js';

/** Gathers spans into bodies of requests. */
export interface Batches {
  /** @param origin - the moment, in milliseconds, at which the times of the span begin */
  add(span: EndedSpan, origin: number): void;
  /** Gives on what is there, however little. */
  flush(): void;
}

/** A body, and how many spans it holds. */
export interface Batch {
  readonly body: Uint8Array;
  readonly spans: number;
}

/** Bytes of a body. A span has some hundreds. */
const SIZE = 256 * 1024;
const FOOT = ']}]}]}';
const COMMA = 0x2c;

/**
 * Makes the batches. Spans are written as bytes as soon as they end: what is kept until a batch is
 * full is one buffer, and nothing that the garbage collector would have to follow.
 *
 * @param resource - of what the spans tell, as JSON of OTLP
 * @param give - takes a full batch
 */
export function createBatches(resource: string, give: (batch: Batch) => void): Batches {
  const head = `{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"scope":{"name":"objectos"},"spans":[`;
  const room = SIZE - FOOT.length - 1;
  let buffer = Buffer.allocUnsafeSlow(SIZE);
  let length = buffer.write(head, 'latin1');
  let spans = 0;

  function flush(): void {
    if (spans === 0) return;
    length += buffer.write(FOOT, length, 'latin1');
    give({ body: buffer.subarray(0, length), spans });
    buffer = Buffer.allocUnsafeSlow(SIZE);
    length = buffer.write(head, 'latin1');
    spans = 0;
  }

  return {
    flush,
    add(span, origin) {
      const size = sizeOf(span);
      if (length + size > room) flush();
      // One that no batch could hold has attributes that nobody could read either.
      if (length + size > room) return;
      if (spans > 0) {
        buffer[length] = COMMA;
        length += 1;
      }
      length = writeSpan(buffer, length, span, origin);
      spans += 1;
    },
  };
}
