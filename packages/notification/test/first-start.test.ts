import { createKernelStateStore, prepareSystemTables } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { notificationConfigSchema } from '../src/config.js';
import { openVapidKeys } from '../src/push/keys.js';
import type { Sealer } from '../src/sealer.js';
import { openSealer } from '../src/secret.js';
import { databases } from './support.js';

const shared = Object.entries(databases).filter(([kind]) => kind !== 'memory');

describe.each(shared)('nodes that first start together on %s', (_kind, open) => {
  it('agree on one secret and one pair of keys for push', async () => {
    const url = (await open())!;
    const drivers = Array.from({ length: 4 }, () => new SqlDriver({ url }));
    onTestFinished(async () => {
      await Promise.all(drivers.map((driver) => driver.close()));
    });
    const parts = drivers.map((driver) => ({
      config: notificationConfigSchema.parse({}),
      storage: createKernelStateStore(driver, () => prepareSystemTables(driver)).storage('own'),
    }));
    const [first, ...others] = await Promise.all(parts.map(openSealer));
    for (const sealer of others) {
      expect(sealer.open(first!.seal('the password'))).toBe('the password');
      expect(first!.verify(sealer.sign('a link'))).toBe('a link');
    }
    // A node that starts later has the same.
    expect((await openSealer(parts[0]!)).open(first!.seal('again'))).toBe('again');
    const keys = await Promise.all(parts.map(openVapidKeys));
    expect(new Set(keys.map(({ publicKey }) => publicKey)).size).toBe(1);
    expect(new Set(keys.map(({ privateKey }) => privateKey)).size).toBe(1);
  });

  it('agree even when one looked before the other wrote', async () => {
    const url = (await open())!;
    const drivers = [1, 2].map(() => new SqlDriver({ url }));
    onTestFinished(async () => {
      await Promise.all(drivers.map((driver) => driver.close()));
    });
    const [slow, quick] = drivers.map((driver) =>
      createKernelStateStore(driver, () => prepareSystemTables(driver)).storage('own'),
    );
    const config = notificationConfigSchema.parse({});
    const first: Sealer[] = [];
    const second = await openSealer({
      config,
      storage: {
        ...slow!,
        async get(key) {
          const seen = await slow!.get(key);
          first.push(await openSealer({ config, storage: quick! }));
          return seen;
        },
        async setIfAbsent(key, value) {
          first.push(await openSealer({ config, storage: quick! }));
          return slow!.setIfAbsent(key, value);
        },
      },
    });
    expect(second.open(first[0]!.seal('the password'))).toBe('the password');
  });
});
