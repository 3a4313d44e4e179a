import type { OutboundResponse, OutboundService, SmsResult } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';

/** What requests to providers need. */
export interface Requests {
  /** @throws `outbound_failed` and the like */
  readonly outbound: () => OutboundService;
  /** Where a provider tells what became of a message; absent where it cannot reach us. */
  readonly callback: (provider: string) => string | undefined;
}

/** Sends a form to a provider. What does not reach it may reach it later. */
export async function postForm(
  { outbound }: Pick<Requests, 'outbound'>,
  request: {
    readonly url: string;
    readonly form: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly signal: AbortSignal;
  },
  read: (answer: OutboundResponse) => SmsResult,
): Promise<SmsResult> {
  const { url, form, headers, signal } = request;
  try {
    const answer = await outbound().request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
      signal,
    });
    return read(answer);
  } catch (error) {
    if (!isObjectOSError(error)) throw error;
    return refusal({ code: error.code, message: error.message, retryable: true });
  }
}

/** A message that was not taken. */
export function refusal(given: Omit<Extract<SmsResult, { sent: false }>, 'sent'>): SmsResult {
  return { sent: false, ...given, message: given.message.slice(0, 500) };
}

/** The JSON object of an answer; an empty one when it is none. */
export function jsonOf(answer: OutboundResponse): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(answer.text());
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A proxy in between answers with a page of its own: the status says enough.
    return {};
  }
}

/** Seconds or a date of `Retry-After`, as milliseconds from now. */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - now;
  return Number.isFinite(wait) && wait > 0 ? wait : undefined;
}
