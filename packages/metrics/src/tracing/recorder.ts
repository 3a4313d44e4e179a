import type { TimeSpan, TraceContext } from '@objectos/spec/contracts';
import type { EndedSpan, SpanForm } from './form.js';
import { isOfShare, newSpanId, newTraceId } from './ids.js';
import type { SpanOutput } from './output.js';

/** Decides which traces are recorded, and takes the steps of those. */
export interface Recorder {
  /**
   * The position of a step below `parent`, or of one that begins a trace. Whether the parent is
   * recorded decides for all below it; one that is not recorded needs no position of its own.
   */
  place(parent: TraceContext | undefined): TraceContext;
  /** Takes a step that ended. `own` is one more attribute of it, or empty. */
  record(step: EndedStep, form: SpanForm, own: string): void;
  close(): Promise<void>;
}

/** A recorded step that ended. */
export interface EndedStep extends TimeSpan {
  readonly trace: TraceContext;
  readonly parent: TraceContext | undefined;
}

/** Milliseconds that a span waits at most. */
const LONGEST_WAIT = 5_000;

/** Makes a recorder. @param share - of the traces that begin here, those that are recorded */
export function createRecorder(output: SpanOutput, share: number): Recorder {
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  // The clock of the system may be set meanwhile: it is asked again from time to time.
  let origin = Date.now() - performance.now();

  function flush(): void {
    timer = undefined;
    output.flush();
    origin = Date.now() - performance.now();
  }

  return {
    place(parent) {
      if (parent === undefined || !isPosition(parent)) {
        const traceId = newTraceId();
        return { traceId, spanId: newSpanId(), sampled: isOfShare(traceId, share) };
      }
      if (parent.sampled === false) return parent;
      return { traceId: parent.traceId, spanId: newSpanId(), sampled: true };
    },
    record({ trace, parent, began, ended }, form, own) {
      if (isClosed) return;
      const { traceId, spanId } = trace;
      const isBelow = parent !== undefined && parent.traceId === traceId;
      const parentId = isBelow ? parent.spanId : undefined;
      const span: EndedSpan = {
        form,
        traceId,
        spanId,
        parentId,
        began,
        ended,
        own,
      };
      output.add(span, origin);
      timer ??= setTimeout(flush, LONGEST_WAIT).unref();
    },
    async close() {
      isClosed = true;
      clearTimeout(timer);
      flush();
      await output.close();
    },
  };
}

/** Ids have one length, which the bytes of a span rely on. */
function isPosition({ traceId, spanId }: TraceContext): boolean {
  return traceId.length === 32 && spanId.length === 16;
}
