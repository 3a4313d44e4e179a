export { MANAGE_FAILURES } from './failures/replay-job.js';
export { jobsConfigSchema, type JobsConfig, type QueueLimits } from './config.js';
export {
  createJobsService,
  type JobsServiceOptions,
  type OwnedJobsService,
} from './jobs-service.js';
export { jobsPlugin } from './plugin.js';
export { MANAGE_JOBS } from './routes.js';
export { parseCron, type CronTimes } from './schedule/cron.js';
