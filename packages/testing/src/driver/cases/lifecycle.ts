import { describe, expect, it } from 'vitest';
import { expectRefused, thing, type CurrentDriver } from '../fixture.js';

/** Connecting, health and closing. */
export function lifecycleCases(driver: CurrentDriver): void {
  describe('lifecycle', () => {
    it('connects and closes as often as it is asked to', async () => {
      await Promise.all([driver().connect(), driver().connect()]);
      expect(await driver().health()).toEqual({ up: true });
      await Promise.all([driver().close(), driver().close()]);
      await driver().close();
    });

    it('is down and refuses work while it is closed', async () => {
      await driver().close();
      expect((await driver().health()).up).toBe(false);
      await expectRefused(() => driver().reader.count({ table: thing }), 'driver_unavailable');
      await expectRefused(() => driver().transaction(() => 1), 'driver_unavailable');
      await expectRefused(() => driver().introspect(), 'driver_unavailable');
    });

    it('answers at once where it says that it does', async ({ skip }) => {
      skip(!driver().capabilities.synchronous, 'the driver does not declare "synchronous"');
      expect(driver().reader.find({ table: thing, columns: ['id'] })).toEqual([]);
      expect(driver().reader.count({ table: thing })).toBe(0);
      await driver().transaction((session) => {
        expect(session.nested((inner) => inner.count({ table: thing }))).toBe(0);
      });
    });
  });
}
