import { describe, expect, it } from 'vitest';
import { createAttempts } from '../src/http/attempts.js';
import { PASSWORD, startAuthServer } from './support/server.js';

describe('attempts', () => {
  const rules = { limit: 3, firstWaitMs: 1000, longestWaitMs: 8000 };

  it('wait longer after each failure, and no longer than the longest', () => {
    let now = 1_000_000;
    const attempts = createAttempts(rules, () => now);
    const waits: number[] = [];
    for (let round = 0; round < 8; round += 1) {
      try {
        attempts.begin('a');
      } catch (error) {
        const wait = (error as { details: { retryAfterSeconds: number } }).details
          .retryAfterSeconds;
        waits.push(wait);
        now += wait * 1000;
        attempts.begin('a');
      }
    }
    expect(waits).toEqual([1, 2, 4, 8, 8]);
    expect(() => attempts.begin('b')).not.toThrow();
  });

  it('are forgotten after the right one, and not counted when withdrawn', () => {
    const attempts = createAttempts(rules);
    for (let round = 0; round < 20; round += 1) attempts.begin('a').withdraw();
    attempts.begin('a');
    attempts.begin('a');
    attempts.begin('a').succeeded();
    expect(() => attempts.begin('a')).not.toThrow();
  });
});

describe('guessing a password', () => {
  it('is stopped after the limit, also when all guesses come at once (too_many_attempts)', async () => {
    const { user, visitor } = await startAuthServer({ config: { lockout: { attempts: 4 } } });
    const { email } = await user();
    const guesses = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        visitor().post(`/api/${index % 2 === 0 ? '' : 'v1/'}auth/sign-in/email`, {
          email: index % 3 === 0 ? email.toUpperCase() : email,
          password: `guess number ${index}`,
        }),
      ),
    );
    expect(guesses.filter((one) => one.status === 401)).toHaveLength(4);
    const refused = guesses.filter((one) => one.status === 429);
    expect(refused).toHaveLength(26);
    expect(refused[0]?.body.code).toBe('too_many_attempts');
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(
      (await visitor().post('/api/auth/sign-in/email', { email, password: PASSWORD })).status,
    ).toBe(429);
    const other = await user();
    expect(
      (await visitor().post('/api/auth/sign-in/email', { email: other.email, password: PASSWORD }))
        .status,
    ).toBe(200);
  });
});
