import { silentLogger, systemContext, type JobState } from '@objectos/spec/contracts';
import type { Database } from '@objectql/core/plugin';
import { afterEach, beforeEach, expect } from 'vitest';
import type { z } from 'zod';
import { createJobsService, jobsConfigSchema, type OwnedJobsService } from '../../src/index.js';

/** Configuration of a node, as one writes it. */
export type Settings = z.input<typeof jobsConfigSchema>;

/** Who enqueues in the tests. */
export const ctx = systemContext('test', { tenantId: 'acme', requestId: 'request-1' });

type Start = (config?: Settings, now?: () => number) => Promise<OwnedJobsService>;

/** What the tests of the suite are made with; a new database for each. */
export interface World {
  readonly database: Database;
  /** Those of the backend under test. */
  readonly settings: Settings;
  /** A process that enqueues and runs nothing yet. */
  readonly node: Start;
  /** A process that runs jobs. */
  readonly started: Start;
  /** Stops this one too when the test is over. */
  readonly adopt: (jobs: OwnedJobsService) => void;
  /** Waits until a job is in a state. */
  readonly reaches: (jobs: OwnedJobsService, id: string, state: JobState) => Promise<void>;
}

/** Makes the world of each test of the running `describe`. */
export function createWorld(open: () => Promise<Database>, settings: () => Settings): World {
  let database: Database;
  let given: Settings;
  let opened: OwnedJobsService[] = [];

  beforeEach(async () => {
    database = await open();
    given = settings();
  });
  afterEach(async () => {
    await Promise.all(opened.map((jobs) => jobs.stop()));
    opened = [];
  });

  async function node(config: Settings = {}, now?: () => number) {
    const defaults = { pollInterval: 20, stopGrace: 2_000 };
    const complete = jobsConfigSchema.parse({ ...defaults, ...given, ...config });
    const jobs = createJobsService({ database, config: complete, logger: silentLogger, now });
    await jobs.prepare();
    opened.push(jobs);
    return jobs;
  }

  return {
    get database() {
      return database;
    },
    get settings() {
      return given;
    },
    node,
    async started(config, now) {
      const jobs = await node(config, now);
      jobs.start();
      return jobs;
    },
    adopt: (jobs) => void opened.push(jobs),
    reaches: (jobs, id, state) =>
      expect.poll(async () => (await jobs.get(id))?.state, { timeout: 10_000 }).toBe(state),
  };
}
