import type { ColumnType, TableSchema } from '@objectql/core/driver';

/**
 * Jobs. `state` is `waiting`, `blocked`, `active`, `completed`, `cancelled` or `dead`; what a waiting
 * job waits for follows from `run_at` and `attempt`. `order_at` is `run_at` moved by the priority.
 */
export const jobTable: TableSchema = {
  ...table('sys_job', {
    queue: 'text',
    name: 'text',
    state: 'text',
    payload: 'json',
    priority: 'integer',
    run_at: 'datetime',
    order_at: 'datetime',
    attempt: 'integer',
    max_attempts: 'integer',
    backoff_base: 'integer',
    backoff_cap: 'integer',
    timeout: 'integer',
    /** Names the run that holds the job: only it may end it (a fencing token). */
    token: 'text',
    /** Changes while the run is alive. */
    beat: 'integer',
    unique_key: 'text',
    /** Until then the key stays after the end, and so does the job. */
    unique_until: 'datetime',
    group_key: 'text',
    organization_id: 'text',
    actor: 'text',
    request_id: 'text',
    /** `traceparent` of what enqueued the job. */
    trace: 'text',
    parent_id: 'text',
    on_child_failure: 'text',
    progress: 'integer',
    result: 'json',
    error: 'json',
    created_at: 'datetime',
    started_at: 'datetime',
    finished_at: 'datetime',
  }),
  indexes: [
    { name: 'ix_sys_job_claim', columns: ['state', 'queue', 'order_at', 'id'], unique: false },
    { name: 'ix_sys_job_end', columns: ['state', 'parent_id', 'finished_at'], unique: false },
    { name: 'ix_sys_job_parent', columns: ['parent_id'], unique: false },
    { name: 'ix_sys_job_group', columns: ['queue', 'group_key', 'started_at'], unique: false },
    { name: 'ux_sys_job_unique', columns: ['unique_key'], unique: true },
  ],
};

/** Lines that runs logged. */
export const jobLogTable: TableSchema = {
  ...table('sys_job_log', { job_id: 'text', at: 'datetime', message: 'text' }),
  indexes: [{ name: 'ix_sys_job_log_job', columns: ['job_id', 'id'], unique: false }],
};

/**
 * What is known of jobs that are somebody's own work, or that tell their progress in numbers. Beside
 * the jobs: most are neither, and stay small. The id is that of the job.
 */
export const jobTaskTable: TableSchema = {
  ...table('sys_job_task', {
    starter: 'text',
    /** Who runs it, as far as it cannot be found out anew. */
    on_behalf: 'json',
    work: 'json',
    checkpoint: 'json',
  }),
  indexes: [{ name: 'ix_sys_job_task_starter', columns: ['starter', 'id'], unique: false }],
};

/** Queues that are paused, and the row that serialises claims of a queue with limits of groups. */
export const jobQueueTable: TableSchema = table('sys_job_queue', { paused: 'boolean' });

/** Schedules: the moment of the next tick, by the name of the schedule. */
export const jobScheduleTable: TableSchema = table('sys_job_schedule', {
  definition: 'text',
  next_at: 'datetime',
  last_job: 'text',
});

/** Groups of failures that nobody wants to see for a while, each for a tenant or for the platform. */
export const failureMuteTable: TableSchema = {
  ...table('sys_failure_mute', { fingerprint: 'text', scope: 'text', until: 'datetime' }),
  indexes: [{ name: 'ix_sys_failure_mute_scope', columns: ['scope'], unique: false }],
};

/** All tables of the plugin. */
export const jobTables: readonly TableSchema[] = [
  jobTable,
  jobLogTable,
  jobTaskTable,
  jobQueueTable,
  jobScheduleTable,
  failureMuteTable,
];

/** The columns of a table, by name. */
export function columnsOf({ columns }: TableSchema): readonly string[] {
  return columns.map((column) => column.name);
}

function table(name: string, columns: Readonly<Record<string, ColumnType>>): TableSchema {
  return {
    name,
    columns: Object.entries({ id: 'text' as const, ...columns }).map(([column, type]) => ({
      name: column,
      type,
      nullable: column !== 'id',
    })),
    indexes: [],
  };
}
