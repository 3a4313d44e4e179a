import type { TraceContext } from '@objectos/spec/contracts';

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/;

/** Reads a W3C `traceparent` header. One that is not valid is as good as none, as the standard says. */
export function readTrace(header: string | string[] | undefined): TraceContext | undefined {
  if (typeof header !== 'string') return undefined;
  const match = TRACEPARENT.exec(header);
  const [, traceId, spanId, flags = '00'] = match ?? [];
  return traceId === undefined || spanId === undefined
    ? undefined
    : { traceId, spanId, sampled: (parseInt(flags, 16) & 1) === 1 };
}
