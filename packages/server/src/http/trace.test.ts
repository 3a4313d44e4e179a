import { expect, it } from 'vitest';
import { readTrace } from './trace.js';

it('reads a traceparent header and ignores what is none', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spanId = 'b7ad6b7169203331';
  expect(readTrace(`00-${traceId}-${spanId}-01`)).toEqual({ traceId, spanId, sampled: true });
  expect(readTrace(`00-${traceId}-${spanId}-00`)).toEqual({ traceId, spanId, sampled: false });
  expect(readTrace('00-xyz')).toBeUndefined();
  expect(readTrace(undefined)).toBeUndefined();
});
