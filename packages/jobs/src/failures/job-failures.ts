import type { Failure, FailureSource, Job, JobsService } from '@objectos/spec/contracts';

const PAGE = 500;

/** Dead jobs as failures. */
export function createJobFailures(jobs: JobsService): FailureSource {
  return {
    name: 'jobs',
    async list({ tenantId, limit }) {
      const found: Failure[] = [];
      let before: string | undefined;
      while (found.length < limit) {
        const size = Math.min(PAGE, limit - found.length);
        const page = await jobs.list({ state: 'dead', tenantId, limit: size, before });
        // Work of people is shown to them, who can start it again.
        found.push(...page.filter(({ startedBy }) => startedBy === null).map(toFailure));
        if (page.length < size) break;
        before = page.at(-1)?.id;
      }
      return found;
    },
    async get(id) {
      const job = await jobs.get(id);
      return job?.state === 'dead' && job.startedBy === null ? toFailure(job) : undefined;
    },
    async replay(id, options) {
      await jobs.retry(id, options);
    },
  };
}

function toFailure(job: Job): Failure {
  return {
    source: 'jobs',
    id: job.id,
    title: job.name,
    code: job.error?.code ?? 'dead',
    message: job.error?.message ?? '',
    at: job.finishedAt ?? job.createdAt,
    attempts: job.attempt,
    tenantId: job.tenantId,
    payload: job.payload,
    editable: true,
  };
}
