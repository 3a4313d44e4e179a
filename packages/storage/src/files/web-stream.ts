import type { Readable } from 'node:stream';

/** A Node stream as a web stream that frees what is behind it when its reader goes away. */
export function webStreamOf(source: Readable): ReadableStream<Uint8Array> {
  const chunks = source.iterator();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = (await chunks.next()) as IteratorResult<Uint8Array, undefined>;
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return?.();
        source.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
