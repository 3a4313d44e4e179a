import type { AuthenticationRequest } from '@objectos/spec/contracts';
import { describe, expect, it } from 'vitest';
import { createAuthentication } from './authentication.js';
import { createStartupToken, STARTUP_PRINCIPAL } from './startup-token.js';

function request(authorization?: string, remoteAddress = '127.0.0.1'): AuthenticationRequest {
  return { method: 'GET', path: '/api/data/x', headers: { authorization }, remoteAddress };
}

describe('the start-up token', () => {
  const token = createStartupToken();
  const authenticate = createAuthentication(() => undefined, token);
  const bearer = `Bearer ${token.value}`;

  it('is 32 random bytes, new each time', () => {
    expect(Buffer.from(token.value, 'base64url')).toHaveLength(32);
    expect(createStartupToken().value).not.toBe(token.value);
  });

  it('makes the system principal, more than once', () => {
    expect(authenticate(request(bearer))).toBe(STARTUP_PRINCIPAL);
    expect(authenticate(request(bearer))).toBe(STARTUP_PRINCIPAL);
  });

  it('is not there without a header', () => {
    expect(authenticate(request())).toBeUndefined();
  });

  it.each([
    token.value,
    `bearer ${token.value}`,
    `Bearer ${token.value.slice(0, -1)}`,
    `Bearer ${token.value}x`,
    `Bearer ${token.value.slice(0, -1)}é`,
    'Bearer ',
    '',
  ])('refuses %j', (authorization) => {
    expect(() => authenticate(request(authorization))).toThrow(
      expect.objectContaining({ code: 'unauthenticated' }),
    );
  });

  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('works from %s', (address) => {
    expect(authenticate(request(bearer, address))).toBe(STARTUP_PRINCIPAL);
  });

  it.each(['10.0.0.1', '::2', '::ffff:10.0.0.1', '1127.0.0.1', '127.0.0.1.evil', ''])(
    'does not work from %j',
    (address) => {
      expect(() => authenticate(request(bearer, address))).toThrow(
        expect.objectContaining({ code: 'unauthenticated' }),
      );
    },
  );

  it('is worth nothing while an authenticator is present, whatever that answers', () => {
    const closed = createAuthentication(() => ({ authenticate: () => undefined }), token);
    expect(closed(request(bearer))).toBeUndefined();
  });
});
