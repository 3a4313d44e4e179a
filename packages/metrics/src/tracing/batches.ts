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
  /** Called when nobody needs the body any more: its memory is used again. */
  readonly release: () => void;
}

/**
 * Bytes of a body. A span has some hundreds. A request to the collector costs the same half a millisecond
 * whatever its size, so few and large ones are cheap; some collectors take less than a megabyte.
 */
const SIZE = 768 * 1024;
/** One is filled while the one before is sent. */
const SPARE = 2;
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
  let buffer: Buffer = Buffer.allocUnsafeSlow(SIZE);
  let length = buffer.write(head, 'latin1');
  let spans = 0;
  const spare: Buffer[] = [];

  function flush(): void {
    if (spans === 0) return;
    const full = buffer;
    length += full.write(FOOT, length, 'latin1');
    const release = (): void => {
      if (spare.length < SPARE) spare.push(full);
    };
    give({ body: full.subarray(0, length), spans, release });
    buffer = spare.pop() ?? Buffer.allocUnsafeSlow(SIZE);
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
