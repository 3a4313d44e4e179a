import { describe, expect, it } from 'vitest';
import { idOfMessage, isTimely, wishOf } from '../src/callbacks/callback.js';
import { createSendgridReader } from '../src/callbacks/sendgrid.js';
import { twilioSignature } from '../src/callbacks/twilio.js';
import { vonageSignature } from '../src/callbacks/vonage.js';

// Values that the providers publish for those who check signatures themselves.
describe('the signature of a callback', () => {
  it('is computed as Twilio computes it', () => {
    const form = new URLSearchParams({
      Digits: '1234',
      To: '+18005551212',
      From: '+12349013030',
      Caller: '+12349013030',
      CallSid: 'CA1234567890ABCDE',
    });
    const url = 'https://mycompany.com/myapp.php?foo=1&bar=2';
    expect(twilioSignature(url, form, '12345')).toBe('0/KCTR6DLpKmkAf8muzZqo1nDgQ=');
  });

  it('is computed as Vonage computes it, by each of its methods', () => {
    const values = {
      'message-timestamp': '2013-11-21 15:27:30',
      messageId: '020000001B0FE827',
      msisdn: '14843472194',
      text: 'Test again',
      timestamp: '1385047698',
      to: '13239877404',
      type: 'text',
    };
    const by = (method: Parameters<typeof vonageSignature>[2]) =>
      vonageSignature(values, 'my_secret_key_for_testing', method);
    expect(by('md5hash')).toBe('d2e7b1dc968737c5998ad624e02f90b7');
    expect(by('md5')).toBe('ddebd46008c2d4e93cce578a332a52d5');
    expect(by('sha1')).toBe('27d0d05c2876c7cb1720dbcdba4d492e1e55c09a');
    expect(by('sha256')).toBe('ddb8397c2b90aac7f3882d306475c9a5058c92322eef43c92b298b6e0fc0d330');
    const odd = vonageSignature({ ...values, text: 'a&b=c' }, 'secret', 'sha256');
    expect(odd).toBe(vonageSignature({ ...values, text: 'a_b_c' }, 'secret', 'sha256'));
  });

  it('is checked as SendGrid makes it', () => {
    const reader = createSendgridReader({
      publicKey:
        'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEDr2LjtURuePQzplybdC+u4CwrqDqBaWjcMMsTbhdbcwHBcepxo7yAQGhHPTnlvFYPAZFceEu/1FwCM/QmGUhA==',
    });
    const headers = new Headers({
      'x-twilio-email-event-webhook-signature':
        'MEUCIQCtIHJeH93Y+qpYeWrySphQgpNGNr/U+UyUlBkU6n7RAwIgJTz2C+8a8xonZGi6BpSzoQsbVRamr2nlxFDWYNH2j/0=',
      'x-twilio-email-event-webhook-timestamp': '1588788367',
    });
    const event = { category: 'example_payload', event: 'test_event', message_id: 'message_id' };
    const url = new URL('https://crm.example.com/');
    const read = (body: string, now = 1_588_788_400_000) =>
      reader.read({ url, headers, body }, now);
    // Genuine, and no list of events: an example of the maker for the signature alone.
    expect(read(JSON.stringify(event))).toEqual({
      genuine: false,
      reason: 'it is no list of events',
    });
    expect(read(JSON.stringify(event), Date.now())).toMatchObject({ reason: 'it is too old' });
    expect(read(`${JSON.stringify(event)} `)).toMatchObject({ reason: 'its signature is wrong' });
  });
});

it('takes what was signed within a day, and a clock that is a little fast', () => {
  const now = 1_800_000_000_000;
  const at = (seconds: number) => isTimely(String(now / 1_000 + seconds), now);
  expect([at(0), at(-86_000), at(250)]).toEqual([true, true, true]);
  expect([at(-86_500), at(400), isTimely('', now), isTimely('1e9', now)]).toEqual(
    Array.from({ length: 4 }, () => false),
  );
});

it('understands the words of the carriers alone', () => {
  expect([' stop ', 'Unsubscribe', 'START', 'please stop it', ''].map(wishOf)).toEqual([
    'stopped',
    'stopped',
    'resumed',
    undefined,
    undefined,
  ]);
  expect(idOfMessage('<01a2-b@crm.example.com>')).toBe('01a2-b');
  expect(idOfMessage("x' OR 1=1")).toBeUndefined();
});
