import {
  findPostgres,
  hasRedisServer,
  startPrivateRedis,
  type PrivateRedis,
} from '@objectos/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { openPostgres, openSqlite } from './databases.js';
import { jobsSuite } from './suite.js';

const server = await findPostgres();

describe.skipIf(!hasRedisServer())('over BullMQ (skipped without redis-server)', () => {
  let redis: PrivateRedis;
  beforeAll(async () => {
    redis = await startPrivateRedis();
  });
  afterAll(() => redis.remove());

  const settings = () => ({
    backend: 'bullmq' as const,
    redisUrl: redis.url,
    redisPrefix: `test:${randomUUID()}`,
  });
  jobsSuite('SQLite and BullMQ', openSqlite, settings);
  if (server === undefined) {
    describe.skip('jobs on PostgreSQL and BullMQ - SKIPPED, no PostgreSQL answers here', () => {
      it('is there');
    });
  } else {
    jobsSuite('PostgreSQL and BullMQ', () => openPostgres(server), settings);
  }
});
