import type { CounterMetric, Logger } from '@objectos/spec/contracts';
import type { MetricsConfig } from '../config.js';
import { createBatches, type Batches } from './batches.js';
import { attributesText, sizeOf, writeSpan } from './form.js';
import { createSender } from './sender.js';

/** What an output is made of. */
export interface OutputOptions {
  readonly logger: Logger;
  /** Counts spans. */
  readonly spans: CounterMetric<'result'>;
}

/** Where spans go. */
export interface SpanOutput extends Batches {
  close(): Promise<void>;
}

/** The output that the configuration names. */
export function createOutput(
  { exporter, endpoint, headers, serviceName }: MetricsConfig['tracing'],
  { logger, spans }: OutputOptions,
): SpanOutput {
  if (exporter === 'console') return consoleOutput;
  const sender = createSender({ endpoint, headers, logger, spans });
  const resource = `{"attributes":[${attributesText({ 'service.name': serviceName })}]}`;
  const batches = createBatches(resource, (batch) => sender.send(batch));
  return { ...batches, close: () => sender.close() };
}

/** A line for each span. */
const consoleOutput: SpanOutput = {
  add(span, origin) {
    const line = Buffer.alloc(sizeOf(span));
    const length = writeSpan(line, 0, span, origin);
    process.stdout.write(`${line.toString('latin1', 0, length)}\n`);
  },
  flush: () => undefined,
  close: () => Promise.resolve(),
};
