import { isObjectOSError } from '@objectos/spec/errors';
import { describe, expect, it } from 'vitest';
import { createI18nService } from '../src/index.js';

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    return isObjectOSError(error) ? error.code : String(error);
  }
  return undefined;
};

it('keeps records in the languages of the configuration, each with its chain up to the default one', () => {
  const config = {
    defaultLocale: 'en',
    recordLocales: ['de-ch', 'de', 'en', 'gsw', 'en-GB'],
    fallback: { gsw: ['fr', 'de'] },
  };
  const { recordLanguages } = createI18nService({ config });
  expect(recordLanguages.default).toBe('en');
  expect([...recordLanguages.chains]).toEqual([
    ['de-CH', ['de-CH', 'de']],
    ['de', ['de']],
    ['gsw', ['gsw', 'de']],
    ['en-GB', ['en-GB']],
  ]);
});

describe('messages', () => {
  it('finds nested keys along the chain, and reports what no language has', () => {
    const i18n = createI18nService({ config: { fallback: { gsw: ['de'] } } });
    i18n.add({ locale: 'en', messages: { a: { b: 'english', c: 'only english' } } });
    i18n.add({ locale: 'de', messages: { a: { b: 'deutsch' } } });
    i18n.add({ locale: 'de-CH', messages: { a: { d: 'schweizerisch' } } });
    expect(i18n.chain('de-ch')).toEqual(['de-CH', 'de', 'en']);
    expect(i18n.chain('gsw-CH')).toEqual(['gsw-CH', 'gsw', 'de', 'en']);
    const swiss = i18n.translator('de-CH');
    expect(['a.b', 'a.c', 'a.d', 'a.x'].map((key) => swiss.t(key))).toEqual([
      'deutsch',
      'only english',
      'schweizerisch',
      'a.x',
    ]);
    expect(i18n.translator('gsw').t('a.b')).toBe('deutsch');
    swiss.t('a.x');
    expect(i18n.missing()).toEqual([{ locale: 'de-CH', key: 'a.x', count: 2 }]);
  });

  it.each([
    ['en', 0, '0 files'],
    ['en', 1, '1 file'],
    ['pl', 1, '1 plik'],
    ['pl', 3, '3 pliki'],
    ['pl', 5, '5 plików'],
    ['pl', 22, '22 pliki'],
  ])('counts in %s: %d', (locale, count, expected) => {
    const i18n = createI18nService();
    i18n.add({ locale: 'en', messages: { f: '{count, plural, one {# file} other {# files}}' } });
    i18n.add({
      locale: 'pl',
      messages: {
        f: '{count, plural, one {# plik} few {# pliki} many {# plików} other {# pliku}}',
      },
    });
    expect(i18n.translator(locale).t('f', { count })).toBe(expected);
  });

  it('fills in parameters, and says which one is missing', () => {
    const i18n = createI18nService();
    i18n.add({
      locale: 'en',
      messages: {
        hello: 'Hello {name}, it is {at, time, short}.',
        brace: "a literal '{' and l'apostrophe",
        pick: '{who, select, she {her} other {their}} file',
      },
    });
    const here = i18n.translator('en', { timeZone: 'Asia/Tokyo' });
    const at = new Date('2026-01-01T00:30:00Z');
    expect(here.t('hello', { name: 'Ada', at }).replace(/\s/g, ' ')).toBe(
      'Hello Ada, it is 9:30 AM.',
    );
    expect(here.t('brace')).toBe("a literal { and l'apostrophe");
    expect(here.t('pick', { who: 'she' })).toBe('her file');
    expect(codeOf(() => here.t('hello', { name: 'Ada' }))).toBe('i18n_parameter_invalid');
  });

  it('takes a bundle whole or not at all', () => {
    const i18n = createI18nService();
    const add =
      (messages: unknown, locale = 'en') =>
      () =>
        i18n.add({ locale, messages: messages as Record<string, string> });
    const before = i18n.version;
    expect(codeOf(add({ good: 'x', bad: '{count, plural, one {#}' }))).toBe('i18n_message_invalid');
    expect(codeOf(add({ a: 1 }))).toBe('i18n_bundle_invalid');
    expect(codeOf(add(['a']))).toBe('i18n_bundle_invalid');
    expect(codeOf(add({ '': 'a' }))).toBe('i18n_bundle_invalid');
    expect(codeOf(add({ a: 'x'.repeat(10_001) }))).toBe('i18n_message_invalid');
    expect(codeOf(add({ a: 'x' }, 'no such tag'))).toBe('i18n_locale_invalid');
    expect(i18n.version).toBe(before);
    expect(i18n.translator('en').has('good')).toBe(false);
    const proto = JSON.parse('{"__proto__": {"polluted": "yes"}}') as Record<string, string>;
    add(proto)();
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it('switches when messages come and go', () => {
    const i18n = createI18nService();
    const remove = i18n.add({ locale: 'fr', messages: { a: 'un' } });
    const first = i18n.version;
    expect(i18n.resolve('fr-CA')).toBe('fr');
    expect(i18n.translator('fr').t('a')).toBe('un');
    void remove();
    void remove();
    expect(i18n.translator('fr').t('a')).toBe('a');
    expect(i18n.resolve('fr-CA')).toBe('en');
    expect(i18n.version).not.toBe(first);
    expect(i18n.resolve('*!')).toBe('en');
  });

  it('measures how far a language is', () => {
    const i18n = createI18nService({ referenceKeys: () => ['objects.account.label'] });
    i18n.add({ locale: 'en', messages: { a: 'a', b: 'b' } });
    i18n.add({ locale: 'pt', messages: { a: 'a', objects: { account: { label: 'Conta' } } } });
    expect(i18n.coverage('pt-BR')).toEqual({
      locale: 'pt-BR',
      total: 3,
      translated: 2,
      missing: ['b'],
    });
  });
});

describe('formats', () => {
  const i18n = createI18nService();
  const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

  it('keeps every digit of decimal text', () => {
    const de = i18n.translator('de');
    expect(de.number('12345678901234567890.12')).toBe('12.345.678.901.234.567.890,12');
    expect(plain(de.currency('1234.5', 'EUR'))).toBe('1.234,50 €');
    expect(plain(de.percent(0.25))).toBe('25 %');
    expect(i18n.translator('ja').currency(1234, 'JPY')).toBe('￥1,234');
  });

  it('never moves a date without time, and moves an instant', () => {
    const there = i18n.translator('en', { timeZone: 'America/New_York' });
    expect(there.date('2026-01-01')).toBe('Jan 1, 2026');
    expect(there.date('2026-01-01T00:30:00.000Z')).toBe('Dec 31, 2025');
    expect(plain(there.dateTime('2026-01-01T00:30:00.000Z'))).toBe('Dec 31, 2025, 7:30 PM');
  });

  it('speaks of time from now, and of lists', () => {
    const now = new Date('2026-01-10T12:00:00Z');
    const de = i18n.translator('de');
    expect(de.relative('2026-01-09T12:00:00Z', now)).toBe('gestern');
    expect(de.relative('2026-01-13T12:00:00Z', now)).toBe('in 3 Tagen');
    expect(de.relative('2026-01-10T12:00:00.200Z', now)).toBe('jetzt');
    expect(i18n.translator('en').list(['a', 'b', 'c'])).toBe('a, b, and c');
    expect(i18n.translator('en').list(['a', 'b'], 'disjunction')).toBe('a or b');
  });

  it('refuses what is no number, date or currency', () => {
    const en = i18n.translator('en');
    expect(codeOf(() => en.number('12a'))).toBe('i18n_parameter_invalid');
    expect(codeOf(() => en.date('yesterday'))).toBe('i18n_parameter_invalid');
    expect(codeOf(() => en.currency(1, 'EURO'))).toBe('i18n_parameter_invalid');
    expect(
      codeOf(() => i18n.translator('en', { timeZone: 'Mars' }).time('2026-01-01T00:00:00Z')),
    ).toBe('i18n_parameter_invalid');
  });
});
