import type { DataEngine, Logger } from '@objectos/spec/contracts';
import type { AuthConfig } from '../config.js';
import { lookUpContext, type Found } from './load.js';

const HOUR = 3_600_000;

/** Makes a session that is used last longer, at most once in the configured time, in the background. */
export function createRefresh(engine: DataEngine, rules: AuthConfig['session'], logger: Logger) {
  const lifetime = rules.days * 24 * HOUR;
  const underWay = new Set<string>();
  return ({ principal, expiresAt }: Found, now: number): void => {
    const { sessionId } = principal;
    const isDue = expiresAt - lifetime + rules.refreshHours * HOUR <= now;
    // An impersonation ends when it said it would.
    if (!isDue || sessionId === undefined || principal.impersonatedBy !== undefined) return;
    if (underWay.has(sessionId)) return;
    underWay.add(sessionId);
    const until = new Date(now + lifetime).toISOString();
    engine
      .update('session', sessionId, { expires_at: until }, lookUpContext())
      .catch((error: unknown) => logger.warn({ error }, 'a session was not prolonged'))
      .finally(() => underWay.delete(sessionId));
  };
}
