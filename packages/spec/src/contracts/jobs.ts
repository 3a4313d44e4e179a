/**
 * Payloads of durable jobs by name, extended by declaration merging. The kernel has no job runner:
 * the jobs plugin consumes this map.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merged into by plugins
export interface JobMap {}

/** Name of a declared job. */
export type JobName = keyof JobMap;
