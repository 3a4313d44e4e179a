import { failureInboxService } from '@objectos/spec/contracts';
import { databaseService } from '@objectql/core/plugin';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newDelivery } from '../src/deliver/plan.js';
import { removeOld } from '../src/retention.js';
import { all, is } from '../src/store.js';
import {
  deliveryTable,
  inboxTable,
  notificationTable,
  type DeliveryRow,
  type NotificationRow,
} from '../src/tables.js';
import { ctx, databases, dealWon, outbox, start, temporaryFolder } from './support.js';

const DAY = 86_400_000;
const BEGIN = Date.parse('2026-06-01T08:00:00Z');
const users = [{ id: 'ada', email: 'ada@example.com', tenantId: 'acme' }];

afterEach(() => {
  vi.useRealTimers();
});

// Without the engine what is kept is gone with the process.
const lasting = Object.entries(databases).filter(([kind]) => kind !== 'memory');

describe.each(lasting)('retention on %s', (_kind, open) => {
  async function application(config: NonNullable<Parameters<typeof start>[0]>['config'] = {}) {
    const folder = await temporaryFolder();
    const url = await open();
    const { kernel, service } = await start({
      url,
      users,
      config: { outboxFolder: folder, ...config },
    });
    const database = kernel.service(databaseService);
    const count = (table: typeof deliveryTable, where = all()) =>
      database.reader.count({ table, where });
    const remove = (given: { ended?: number; failed?: number; inbox?: number }) => {
      const retention = { ended: 1_000 * DAY, failed: 1_000 * DAY, inbox: 1_000 * DAY, ...given };
      return removeOld({ database, ctx, now: Date.now, config: { retention } });
    };
    const emit = (given: object = {}) =>
      service.emit(
        {
          topic: 'deal.won',
          audience: { users: ['ada'] },
          payload: { name: 'Acme', id: 7 },
          ...given,
        },
        ctx,
      );
    const states = async (notificationId?: string) =>
      (await service.deliveries({ notificationId })).map(({ state }) => state).sort();
    return { kernel, service, database, count, remove, emit, states, folder };
  }

  /** A notification with deliveries in a state, all of them as old as told. */
  function history(state: DeliveryRow['state'], size: number, at: number) {
    const notification: NotificationRow = {
      id: `${state}-${size}`,
      topic: 'deal.won',
      severity: 'info',
      payload: { name: state, id: 1 },
      audience: {},
      about_object: null,
      about_id: null,
      source: null,
      actor: 'system:test',
      unique_key: null,
      unique_until: null,
      organization_id: 'acme',
      request_id: 'r',
      created_at: new Date(at).toISOString(),
    };
    const deliveries = Array.from({ length: size }, (_, index): DeliveryRow => ({
      ...newDelivery(notification, { channel: 'email', recipient: `${index}`, now: at }),
      state,
      finished_at: new Date(at).toISOString(),
    }));
    return { notification, deliveries };
  }

  it('removes all that is over in one turn, and keeps failures for the failure inbox', async () => {
    const { kernel, database, count, remove } = await application();
    for (const state of ['sent', 'skipped', 'suppressed', 'failed'] as const) {
      const { notification, deliveries } = history(
        state,
        state === 'sent' ? 1_300 : 10,
        Date.now() - 50 * DAY,
      );
      await database.transaction(ctx, async (session) => {
        await session.insert(notificationTable, [{ ...notification }]);
        await session.insert(deliveryTable, deliveries as never);
      });
    }
    expect(await remove({ ended: 60 * DAY })).toBe(0);
    expect(await remove({ ended: 40 * DAY })).toBe(1_320);
    expect(await count(deliveryTable)).toBe(10);
    const inbox = kernel.service(failureInboxService);
    const [group] = (await inbox.groups({})).groups;
    const [failure] = await inbox.list(group!.fingerprint, {});
    expect(failure).toMatchObject({ payload: { name: 'failed', id: 1 } });
    // The other way round: what was sent stays, and what it tells of.
    expect(await remove({ failed: 40 * DAY })).toBe(10);
    expect(await remove({ ended: 40 * DAY, failed: 40 * DAY })).toBe(4);
    expect(await count(notificationTable)).toBe(0);
  });

  it('keeps what a delivery tells of that was made later, or still waits', async () => {
    const { database, count, remove } = await application();
    const late = history('sent', 1, Date.now() - 50 * DAY);
    const waiting = history('waiting', 1, Date.now() - 50 * DAY);
    await database.transaction(ctx, async (session) => {
      for (const { notification, deliveries } of [late, waiting]) {
        await session.insert(notificationTable, [{ ...notification }]);
        await session.insert(deliveryTable, deliveries as never);
      }
      const created = new Date(Date.now() - 49 * DAY).toISOString();
      const set = { created_at: created, finished_at: created };
      await session.update({ table: deliveryTable, set, where: is('state', 'sent') });
    });
    const retention = { ended: 49.5 * DAY, failed: 49.5 * DAY };
    expect(await remove(retention)).toBe(0);
    expect(await remove({ ended: 48 * DAY, failed: 48 * DAY })).toBe(2);
    expect(await count(notificationTable, is('id', waiting.notification.id))).toBe(1);
  });

  it('keeps inboxes as long as they are told to', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: BEGIN });
    const { emit, states, service, remove, count } = await application();
    const { id } = await emit();
    await expect.poll(() => states(id)).toEqual(['sent', 'sent']);
    vi.setSystemTime(BEGIN + 10 * DAY);
    expect(await remove({ ended: DAY, failed: DAY })).toBe(3);
    expect((await service.inbox('ada', {})).items).toHaveLength(1);
    expect(await remove({ inbox: DAY })).toBe(1);
    expect(await count(inboxTable)).toBe(0);
  });

  it('refuses a second one for as long as was asked, whatever else is over', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: BEGIN });
    const { emit, states, remove } = await application();
    const once = { deduplicationKey: 'k', deduplicateFor: 30 * DAY };
    const { id } = await emit(once);
    await expect.poll(() => states(id)).toEqual(['sent', 'sent']);
    vi.setSystemTime(BEGIN + 20 * DAY);
    expect(await remove({ ended: DAY, failed: DAY })).toBe(2);
    expect(await emit(once)).toEqual({ id, created: false });
    vi.setSystemTime(BEGIN + 31 * DAY);
    expect(await remove({ ended: DAY, failed: DAY })).toBe(1);
    expect((await emit(once)).created).toBe(true);
  });

  it('keeps all of a collection that is not sent yet', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: BEGIN });
    const { emit, states, folder, remove, database } = await application({
      topics: [{ ...dealWon, channels: ['email'], digestMinutes: 30 }],
    });
    for (const name of ['A', 'B', 'C']) await emit({ payload: { name, id: name } });
    await expect.poll(() => states()).toEqual(['collecting', 'collecting', 'collecting']);
    vi.setSystemTime(BEGIN + 31 * 60_000);
    await expect.poll(() => states()).toEqual(['digested', 'digested', 'sent']);
    expect(await outbox(folder)).toHaveLength(1);
    await database.transaction(ctx, (session) => {
      const set = { finished_at: new Date(BEGIN).toISOString() };
      return session.update({ table: deliveryTable, set, where: is('state', 'digested') });
    });
    vi.setSystemTime(BEGIN + 10 * DAY);
    // Tried for long: the two others are over, but the one that speaks for them is not.
    const ended = 10 * DAY - 10 * 60_000;
    expect(await remove({ ended, failed: ended })).toBe(0);
    expect(await remove({ ended: DAY, failed: DAY })).toBe(6);
  });
});

it('the plugin removes what is over every hour, as configured', async () => {
  vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: BEGIN });
  const { service } = await start({
    url: await databases['SQLite']!(),
    config: { retention: { ended: DAY } },
  });
  await service.emit({ topic: 'deal.won', audience: { users: ['ada'] }, payload: {} }, ctx);
  const count = async () => (await service.deliveries({})).length;
  await vi.waitUntil(async () => (await service.inbox('ada', {})).items.length === 1, {
    timeout: 10_000,
  });
  vi.setSystemTime(BEGIN + 2 * DAY);
  expect(await count()).toBeGreaterThan(0);
  await vi.advanceTimersByTimeAsync(3_600_000);
  await vi.waitUntil(async () => (await count()) === 0, { timeout: 10_000 });
  expect((await service.inbox('ada', {})).items).toHaveLength(1);
});
