import type { ExecutionContext, JobDefinition, JobOptions } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { randomUUID } from 'node:crypto';
import { orderAt, type JobRow } from './job-row.js';
import { nameOf } from './starter.js';

const MAX_PAYLOAD = 256 * 1024;
const QUEUE_NAME = /^[\w.:-]{1,64}$/;

/** What a job is made of. */
export interface NewJob {
  readonly definition: JobDefinition;
  readonly payload: unknown;
  readonly options: JobOptions;
  readonly parentId?: string | null | undefined;
  readonly isBlocked?: boolean | undefined;
  readonly onChildFailure?: JobRow['on_child_failure'] | undefined;
}

/**
 * The row of a new job.
 *
 * @throws `job_payload_invalid`, `job_option_invalid`
 */
export function newJobRow(job: NewJob, ctx: ExecutionContext, now: number): JobRow {
  const { definition, payload } = job;
  const { name } = definition;
  const options = { ...definition.defaults, ...job.options };
  checkOptions(name, options);
  const { principal } = ctx;
  const priority = options.priority ?? 5;
  const runAt = options.runAt?.getTime() ?? now + (options.delay ?? 0);
  return {
    id: newId(now),
    queue: options.queue ?? 'default',
    name,
    state: job.isBlocked === true ? 'blocked' : 'waiting',
    payload: checkPayload(definition, payload),
    priority,
    run_at: new Date(runAt).toISOString(),
    order_at: orderAt(runAt, priority),
    attempt: 0,
    max_attempts: options.maxAttempts ?? 20,
    backoff_base: options.backoff?.base ?? 2_000,
    backoff_cap: options.backoff?.cap ?? 3_600_000,
    timeout: options.timeout ?? 300_000,
    token: null,
    beat: null,
    unique_key: uniqueKey(name, principal.tenantId, options.unique),
    unique_until: uniqueUntil(options.unique, now),
    group_key: options.group ?? null,
    organization_id: principal.tenantId,
    actor: nameOf(principal),
    request_id: ctx.requestId,
    trace: traceText(ctx),
    parent_id: job.parentId ?? null,
    on_child_failure: job.onChildFailure ?? null,
    progress: 0,
    result: null,
    error: null,
    created_at: new Date(now).toISOString(),
    started_at: null,
    finished_at: null,
  };
}

/**
 * The payload as its schema reads it.
 *
 * @throws `job_payload_invalid`
 */
export function checkPayload({ name, schema }: JobDefinition, payload: unknown): unknown {
  const refuse = (reason: string) => createError('job_payload_invalid', { job: name, reason });
  const parsed = schema.safeParse(payload);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw refuse(`${first?.path.join('.') ?? ''} ${first?.message ?? ''}`.trim());
  }
  let text: string | undefined;
  try {
    text = JSON.stringify(parsed.data) as string | undefined;
  } catch {
    throw refuse('it is not JSON');
  }
  if (text !== undefined && text.length > MAX_PAYLOAD) throw refuse('it is larger than 256 KiB');
  return text === undefined ? null : (JSON.parse(text) as unknown);
}

/** Ids grow with time, so jobs of one moment run in the order they were made. */
let last = { time: 0, count: 0 };
function newId(now: number): string {
  last = now > last.time ? { time: now, count: 0 } : { time: last.time, count: last.count + 1 };
  const time = last.time.toString(36).padStart(9, '0');
  const count = last.count.toString(36).padStart(5, '0');
  return `job_${time}${count}${randomUUID().replaceAll('-', '').slice(0, 12)}`;
}

/** The place in a trace as W3C writes it; only of traces that are recorded. */
function traceText({ trace }: ExecutionContext): string | null {
  if (trace === undefined || trace.sampled === false) return null;
  return `00-${trace.traceId}-${trace.spanId}-01`;
}

function uniqueKey(
  name: string,
  tenantId: string | null,
  unique: JobOptions['unique'],
): string | null {
  return unique === undefined ? null : JSON.stringify([tenantId, name, unique.key]);
}

/** The end of the period in which a second one is refused, however the first ended. */
function uniqueUntil(unique: JobOptions['unique'], now: number): string | null {
  return unique?.period === undefined ? null : new Date(now + unique.period).toISOString();
}

function checkOptions(job: string, options: JobOptions): void {
  const refuse = (option: string, reason: string) =>
    createError('job_option_invalid', { job, option, reason });
  const whole = (option: keyof JobOptions, min: number, max: number): void => {
    const value = options[option];
    if (value === undefined) return;
    if (!Number.isInteger(value) || (value as number) < min || (value as number) > max) {
      throw refuse(option, `it is a whole number from ${min} to ${max}`);
    }
  };
  whole('priority', 0, 9);
  whole('delay', 0, 10 * 365 * 86_400_000);
  whole('maxAttempts', 1, 1_000);
  whole('timeout', 1, 86_400_000);
  if (options.queue !== undefined && !QUEUE_NAME.test(options.queue)) {
    throw refuse('queue', 'it has 1 to 64 letters, digits and "_.:-"');
  }
  if (options.runAt !== undefined && Number.isNaN(options.runAt.getTime())) {
    throw refuse('runAt', 'it is not a moment');
  }
  const key = options.unique?.key;
  if (key !== undefined && (key === '' || key.length > 500)) {
    throw refuse('unique', 'its key has 1 to 500 characters');
  }
  if (options.group !== undefined && (options.group === '' || options.group.length > 200)) {
    throw refuse('group', 'it has 1 to 200 characters');
  }
}
