import type { CounterMetric, FailureObserver, Logger } from '@objectos/spec/contracts';
import { hostname } from 'node:os';
import { parseDsn } from './dsn.js';
import { toEvent } from './event.js';

/** What a reporter of errors is made of. */
export interface ReporterOptions {
  readonly dsn: string;
  readonly environment: string;
  readonly release?: string | undefined;
  readonly logger: Logger;
  readonly reports: CounterMetric<'result'>;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: (() => number) | undefined;
}

/** Reports failures to an error tracker. */
export interface ErrorReporter extends FailureObserver {
  /** Sends what waits, for at most two seconds. */
  close(): Promise<void>;
}

const CLIENT = 'objectos/0.1';
/** Reports that wait; the ones of a storm beyond it are counted and dropped. */
const MOST_WAITING = 30;
const SEND_TIMEOUT = 5_000;
const CLOSE_TIMEOUT = 2_000;
/** Milliseconds of silence after the tracker did not take a report. */
const PAUSE = 60_000;

/**
 * Makes a reporter that speaks the protocol of Sentry, which other trackers speak too. One report at a
 * time; while the tracker is away or says that it has enough, reports are dropped: errors are in the
 * log in any case, and a broken tracker must cost nothing.
 *
 * @throws `error_tracking_invalid`
 */
export function createErrorReporter(options: ReporterOptions): ErrorReporter {
  const { environment, release, logger, reports, now = Date.now } = options;
  const target = parseDsn(options.dsn, CLIENT);
  const source = { environment, release, serverName: hostname() };
  const waiting: string[] = [];
  const closing = new AbortController();
  let sending: Promise<void> | undefined;
  let silentUntil = 0;

  async function send(envelope: string): Promise<void> {
    const signal = AbortSignal.any([AbortSignal.timeout(SEND_TIMEOUT), closing.signal]);
    try {
      const answer = await fetch(target.url, {
        method: 'POST',
        headers: { 'content-type': 'application/x-sentry-envelope', 'x-sentry-auth': target.auth },
        body: envelope,
        redirect: 'error',
        signal,
      });
      await answer.body?.cancel();
      if (answer.ok) return reports.add(1, { result: 'sent' });
      const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
      refused(`it answered ${answer.status}`, Number.isNaN(seconds) ? PAUSE : seconds * 1_000);
    } catch (error) {
      refused(error instanceof Error ? error.message : 'it did not answer', PAUSE);
    }
  }

  function refused(reason: string, pause: number): void {
    silentUntil = now() + pause;
    reports.add(1, { result: 'failed' });
    // Not an error: that would be the next report.
    logger.warn(
      { reason, pause },
      'the error tracker took no report; it is left alone for a while',
    );
  }

  async function sendAll(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (now() < silentUntil) reports.add(1, { result: 'dropped' });
      else await send(next);
    }
  }

  return {
    failed(failure) {
      if (waiting.length >= MOST_WAITING || now() < silentUntil) {
        reports.add(1, { result: 'dropped' });
        return;
      }
      waiting.push(envelopeOf(toEvent(failure, source, now()), now()));
      sending ??= sendAll().finally(() => {
        sending = undefined;
      });
    },
    async close() {
      const timer = setTimeout(() => closing.abort(), CLOSE_TIMEOUT);
      await sending;
      clearTimeout(timer);
    },
  };
}

/** @see https://develop.sentry.dev/sdk/foundations/transport/envelopes/ */
function envelopeOf(event: ReturnType<typeof toEvent>, now: number): string {
  const header = { event_id: event.event_id, sent_at: new Date(now).toISOString() };
  return [header, { type: 'event' }, event].map((part) => JSON.stringify(part)).join('\n');
}
