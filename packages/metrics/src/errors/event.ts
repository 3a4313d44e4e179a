import type { LoggedFailure } from '@objectos/spec/contracts';
import { randomUUID } from 'node:crypto';
import { redactFields, redactText } from '../logger/redact.js';

/** What is the same in all events of a process. */
export interface EventSource {
  readonly environment: string;
  readonly release: string | undefined;
  readonly serverName: string;
}

const MAX_CAUSES = 5;
const MAX_FRAMES = 50;

/**
 * Makes the event of a failure, in the form of Sentry's event payloads.
 * @see https://develop.sentry.dev/sdk/foundations/transport/event-payloads/
 */
export function toEvent(
  { error, message, fields, context }: LoggedFailure,
  { environment, release, serverName }: EventSource,
  now: number,
) {
  const { plugin, code, requestId = context?.requestId, ...rest } = fields;
  const { userId = context?.principal.id, tenantId = context?.principal.tenantId } = rest;
  const { traceId = context?.trace?.traceId, spanId = context?.trace?.spanId } = rest;
  const tags = { plugin, code: codeOf(error) ?? code, request_id: requestId };
  return {
    event_id: randomUUID().replaceAll('-', ''),
    timestamp: now / 1_000,
    platform: 'node',
    level: 'error',
    logger: typeof plugin === 'string' ? plugin : 'objectos',
    server_name: serverName,
    environment,
    release,
    message: redactText(message),
    ...(error instanceof Error ? { exception: { values: chain(error) } } : {}),
    tags: Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== undefined)),
    user: userId === undefined ? undefined : { id: userId, tenant: tenantId ?? undefined },
    contexts: traceId === undefined ? undefined : { trace: { trace_id: traceId, span_id: spanId } },
    extra: redactFields(rest),
  };
}

/** An error and its causes, the innermost first. */
function chain(error: Error): object[] {
  const values: object[] = [];
  let at: unknown = error;
  while (at instanceof Error && values.length < MAX_CAUSES) {
    values.unshift({
      type: codeOf(at) ?? at.name,
      value: redactText(at.message),
      stacktrace: { frames: framesOf(at.stack ?? '') },
    });
    at = at.cause;
  }
  return values;
}

/** Frames of a stack of V8, the outermost first. */
function framesOf(stack: string): object[] {
  const frames: object[] = [];
  for (const line of stack.split('\n')) {
    const found = /^\s+at (?:(?:async )?(.+?) \()?(.+?):(\d+):(\d+)\)?$/.exec(line);
    if (found === null) continue;
    const [, name, file = '', lineno, colno] = found;
    frames.unshift({
      function: name ?? '<anonymous>',
      filename: file.replace(/^file:\/\//, ''),
      lineno: Number(lineno),
      colno: Number(colno),
      in_app: !file.startsWith('node:') && !file.includes('node_modules'),
    });
    if (frames.length === MAX_FRAMES) break;
  }
  return frames;
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : '';
  return typeof code === 'string' && code !== '' ? code : undefined;
}
