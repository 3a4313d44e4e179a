import { entry } from '../define.js';

/** Errors of durable jobs. */
export const jobErrors = {
  job_payload_invalid: entry<{ job: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The payload for the job "${p.job}" is not valid: ${p.reason}.`,
    hint: () => 'Pass what the definition of the job asks for; it must be JSON of at most 256 KiB.',
  }),
  job_option_invalid: entry<{ job: string; option: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The option "${p.option}" of the job "${p.job}" is not valid: ${p.reason}.`,
    hint: () => 'See JobOptions for what each option takes.',
  }),
  job_starter_unknown: entry<{ job: string; reason: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `The job "${p.job}" cannot run on behalf of who started it: ${p.reason}.`,
    hint: () => 'Do it in the request itself, without `Prefer: respond-async`.',
  }),
  job_handler_duplicate: entry<{ job: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `The job "${p.job}" has a handler already.`,
    hint: () => 'A job has one handler in a process; dispose the other one first.',
  }),
  job_schedule_invalid: entry<{ schedule: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The schedule "${p.schedule}" is not valid: ${p.reason}.`,
    hint: () => 'Use a cron expression such as "0 7 * * 1-5" and an IANA time zone.',
  }),
  job_not_found: entry<{ id: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no job "${p.id}".`,
    hint: () => 'Ended jobs are removed after their retention.',
  }),
  job_state_conflict: entry<{ id: string; state: string; action: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `The job "${p.id}" is ${p.state}; it cannot ${p.action}.`,
    hint: () => 'Look at the state of the job; it may have changed meanwhile.',
  }),
  job_timeout: entry<{ job: string; milliseconds: number }>({
    category: 'server',
    status: 500,
    retryable: true,
    message: (p) => `A run of "${p.job}" took longer than ${p.milliseconds} ms.`,
    hint: () => 'Do less in one job, or give it a longer timeout.',
  }),
  job_stalled: entry<{ job: string }>({
    category: 'server',
    status: 500,
    retryable: true,
    message: (p) => `The worker that ran "${p.job}" gave no more sign of life.`,
    hint: () => 'Its process died or hung; the job counts this as a failed attempt.',
  }),
  job_lease_lost: entry<{ id: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `The job "${p.id}" belongs to another worker by now.`,
    hint: () => 'This run took too long without a sign of life; its effect was undone.',
  }),
  job_child_failed: entry<{ child: string; state: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The job that this one waited for, "${p.child}", is ${p.state}.`,
    hint: () => 'Retry the child; then retry this job.',
  }),
  job_sandbox_failed: entry<{ job: string; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The script of "${p.job}" failed: ${p.reason}.`,
    hint: () =>
      'The script defines a function "run"; there is nothing else to call in the sandbox.',
  }),
  job_sandbox_limit: entry<{ job: string; limit: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The script of "${p.job}" took more than ${p.limit}.`,
    hint: () => 'Do less in one run, or give the script higher limits.',
  }),
  job_discarded: entry<{ reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The handler gave the job up: ${p.reason}`,
    hint: () => 'Correct the payload or what it refers to, and retry.',
  }),
  job_backend_without_database: entry<Record<string, never>>({
    category: 'validation',
    status: 400,
    message: () => 'The backend "bullmq" of jobs needs a database, and there is none.',
    hint: () => 'Add @objectql/core with a driver, or leave the key "backend" out.',
  }),
  failure_not_found: entry<{ failure: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no failure "${p.failure}".`,
    hint: () => 'It may have been replayed, or removed after its retention.',
  }),
  failure_not_editable: entry<{ failure: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The payload of the failure "${p.failure}" cannot be replaced.`,
    hint: () => 'Replay it as it is.',
  }),
};
