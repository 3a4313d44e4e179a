import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSignatureCheck } from '../src/principal/cookies.js';

const SECRET = 'a secret of the installation';
const signed = (token: string, secret = SECRET) =>
  `${token}.${createHmac('sha256', secret).update(token).digest('base64')}`;

describe('the signature of a cookie', () => {
  const verify = createSignatureCheck(SECRET);

  it('is right as often as it is asked', () => {
    for (let time = 0; time < 3; time += 1) {
      expect(verify(signed('ada'))).toBe('ada');
      expect(verify(signed('a.b'))).toBe('a.b');
    }
  });

  it.each([
    ['of another token', `ada.${signed('bob').split('.')[1] ?? ''}`],
    ['by another secret', signed('ada', 'another secret')],
    ['that is cut', signed('ada').slice(0, -8)],
    ['with more behind it', `${signed('ada')}AAAA`],
    ['written without its padding', signed('ada').replace(/=+$/, '')],
    ['that is missing', 'ada'],
    ['of nothing', signed('')],
    ['that is empty', 'ada.'],
  ])('%s is refused, before and after the right one was seen', (_, value) => {
    const fresh = createSignatureCheck(SECRET);
    expect(fresh(value)).toBeUndefined();
    expect(fresh(signed('ada'))).toBe('ada');
    expect(fresh(value)).toBeUndefined();
    expect(fresh(value)).toBeUndefined();
    expect(fresh(signed('ada'))).toBe('ada');
  });
});
