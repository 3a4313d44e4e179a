import type { NotificationTopic } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { compileTemplate } from '../src/templates/index.js';
import { compileTopic, missingNames, renderTexts, textsFor } from '../src/templates/topic.js';

const english = { locale: 'en', timeZone: 'UTC' };
const text = (source: string, payload: object = {}, language = english) =>
  compileTemplate('test', source, 'text').render(payload, language);
const html = (source: string, payload: object) =>
  compileTemplate('test', source, 'html').render(payload, english);
const url = (source: string, payload: object) =>
  compileTemplate('test', source, 'url').render(payload, english);
const invalid = (source: unknown) =>
  expect(() => compileTemplate('test', source as string, 'html')).toThrow(
    expect.objectContaining({ code: 'template_invalid' }),
  );

it('fills in values, lists and conditions', () => {
  const payload = {
    name: 'Ada',
    stage: 'won',
    items: [{ n: 1 }, { n: 2 }],
    owner: { city: 'Rome' },
  };
  expect(text('Hello {{name}}!', payload)).toBe('Hello Ada!');
  expect(text('{{#if (eq stage "won")}}yes{{else}}no{{/if}}', payload)).toBe('yes');
  expect(text('{{#unless lost}}not lost{{/unless}}', payload)).toBe('not lost');
  expect(
    text('{{#each items}}{{@index}}:{{n}}{{#unless @last}}, {{/unless}}{{/each}}', payload),
  ).toBe('0:1, 1:2');
  expect(text('{{#each items as |one at|}}{{at}}{{one.n}}{{../name}}{{/each}}', payload)).toBe(
    '01Ada12Ada',
  );
  expect(text('{{#each owner}}{{@key}}={{this}}{{/each}}', payload)).toBe('city=Rome');
  expect(text('{{#each none}}x{{else}}nothing{{/each}}', payload)).toBe('nothing');
  expect(text('{{#with owner}}{{city}}{{/with}}', payload)).toBe('Rome');
  expect(text('{{a}}{{b}}{{c}}{{d}}', { a: 1, b: 2, c: false, d: [1] })).toBe('12false[1]');
  expect(text('{{default nickname "friend"}}', payload)).toBe('friend');
});

it('writes dates and numbers in the language and the time zone', () => {
  const german = { locale: 'de', timeZone: 'Europe/Berlin' };
  const payload = { at: '2026-01-31T23:30:00Z', day: '2026-01-31', amount: 1234.5, share: 0.25 };
  expect(text('{{date at style="datetime"}}', payload, german)).toBe('01.02.2026, 00:30');
  expect(text('{{date day style="long"}}', payload, german)).toBe('31. Januar 2026');
  expect(text('{{number amount currency="EUR"}}', payload, german)).toBe('1.234,50\u00a0€');
  expect(text('{{number share style="percent"}}', payload)).toBe('25%');
  expect(text('{{number amount digits=0}}|{{number nothing}}|{{date nothing}}', payload)).toBe(
    '1,235||',
  );
  expect(text('{{date amount2}}{{date word}}', { word: 'soon' })).toBe('soon');
});

it('takes a value that is called like a helper', () => {
  expect(text('Invoice {{number}} of {{date}}', { number: 'INV-7', date: 'today' })).toBe(
    'Invoice INV-7 of today',
  );
});

it('escapes as the place demands', () => {
  const payload = { name: '<b a="1">&\'', q: 'a b&c=/?#é' };
  expect(html('<p>{{name}}</p>', payload)).toBe('<p>&lt;b a&#x3D;&quot;1&quot;&gt;&amp;&#x27;</p>');
  expect(text('{{name}}', payload)).toBe(payload.name);
  expect(url('/search?q={{q}}&n={{default none "x y"}}', payload)).toBe(
    `/search?q=${encodeURIComponent(payload.q)}&n=x%20y`,
  );
  expect(
    url('{{#each list}}/{{this}}{{/each}}{{#if no}}{{else}}{{q}}{{/if}}', {
      list: ['a/b'],
      q: '&',
    }),
  ).toBe('/a%2Fb%26');
  expect(url('/{{thing}}', { thing: { a: 1 } })).toBe(`/${encodeURIComponent('{"a":1}')}`);
});

it('reaches no prototype and calls no code', () => {
  const tried = [
    '{{constructor.constructor "return 1"}}',
    '{{#with (lookup this "constructor")}}{{/with}}',
    '{{__proto__.polluted}}',
    '{{a.constructor.name}}',
    '{{lookup this "constructor"}}',
    '{{#each (lookup this "x")}}{{/each}}',
    '{{@root.constructor}}',
    '{{@partial-block}}',
    '{{"constructor"}}',
    '{{log "x"}}',
    '{{helperMissing}}{{blockHelperMissing 1}}',
  ];
  for (const source of tried.slice(0, -1)) invalid(source);
  expect(() => text(tried.at(-1) ?? '')).toThrow();
  // What is no own value is nothing, also when the name was let through.
  expect(text('{{toString}}{{valueOf}}{{a.toString}}{{hasOwnProperty}}', { a: {} })).toBe('');
  expect(text('{{polluted}}', Object.create({ polluted: 'yes' }) as object)).toBe('');
  // A value of the payload is never called as a helper.
  expect(text('{{fn}}', JSON.parse('{"fn":"text"}') as object)).toBe('text');
});

it('refuses what is no template of ours', () => {
  invalid({ type: 'Program', body: [] });
  invalid(undefined);
  invalid('{{*n}}');
  invalid('{{#*inline "x"}}{{/inline}}');
  invalid('{{> other}}');
  invalid('{{#> layout}}{{/layout}}');
  invalid('{{{raw}}}');
  invalid('{{&raw}}');
  invalid('{{#items}}{{/items}}');
  invalid('{{unknown value}}');
  invalid('{{#if}}{{/if}}');
  invalid('{{#if a b}}{{/if}}');
  invalid('{{#if a}}never closed');
  invalid('{{#if a}}{{/each}}');
  invalid('x'.repeat(65 * 1024));
  invalid(`${'{{#if a}}'.repeat(5_000)}${'{{/if}}'.repeat(5_000)}`);
  invalid(`${'{{#if a}}'.repeat(40)}${'{{/if}}'.repeat(40)}`);
  invalid(`{{${'('.repeat(900)}eq 1 2${')'.repeat(900)}}}`);
});

it('ends what would go on for long', () => {
  const list = Array.from({ length: 200 }, (_, at) => at);
  const nested = '{{#each list}}{{#each @root.list}}x{{/each}}{{/each}}';
  const failed = expect.objectContaining({ code: 'template_failed' });
  expect(() => text(nested, { list })).toThrow(failed);
  const big = { list: list.slice(0, 50), word: 'x'.repeat(50_000) };
  expect(() => text('{{#each list}}{{../word}}{{/each}}', big)).toThrow(failed);
  expect(() => html('{{#each list}}{{../word}}{{/each}}', big)).toThrow(failed);
});

const topic: NotificationTopic = {
  name: 'deal.won',
  label: 'Deal won',
  templates: {
    en: {
      subject: 'Won: {{name}}',
      text: 'Hello,\n{{name}} is won.',
      html: '<p>{{name}}</p>',
      url: '/deals/{{id}}',
    },
    de: { subject: 'Gewonnen: {{name}}', text: '{{name}} ist gewonnen.', short: '{{name}}!' },
  },
};
const compiled = await compileTopic(topic);
const languageOf = (locale: string | null, fallback = 'en') =>
  textsFor(compiled, locale, fallback).locale;

it('finds the texts of a language, its parent, the default, or any', () => {
  expect(languageOf('de-AT')).toBe('de');
  expect(languageOf('de-latn-AT')).toBe('de');
  expect(languageOf('fr')).toBe('en');
  expect(languageOf(null, 'de')).toBe('de');
  expect(languageOf('not a tag', 'fr')).toBe('en');
});

it('keeps a subject on one line and an address harmless', async () => {
  const render = (payload: object) => renderTexts(textsFor(compiled, 'en', 'en'), payload, english);
  expect(render({ name: 'A\r\nBcc: eve@example.com', id: 7 })).toMatchObject({
    subject: 'Won: A Bcc: eve@example.com',
    url: '/deals/7',
    short: null,
  });
  const link = async (source: string, payload: object = {}) => {
    const texts = { subject: 's', text: 't', url: source };
    const one = await compileTopic({ ...topic, templates: { en: texts } });
    return renderTexts(textsFor(one, 'en', 'en'), payload, english).url;
  };
  expect(await link('javascript:alert(1)')).toBeNull();
  expect(await link('//evil.example')).toBeNull();
  expect(await link('/\t/evil.example')).toBeNull();
  expect(await link('/\\evil.example')).toBeNull();
  expect(await link('http://plain.example')).toBeNull();
  expect(await link('https://good.example/{{x}}', { x: 'a b' })).toBe('https://good.example/a%20b');
});

it('tells which values are missing', () => {
  expect(missingNames(textsFor(compiled, 'en', 'en'), { name: 'x' })).toEqual(['id']);
  expect(missingNames(textsFor(compiled, 'de', 'en'), { name: 'x' })).toEqual([]);
});

it('refuses topics that are none', async () => {
  const refused = (change: Partial<NotificationTopic>) =>
    expect(compileTopic({ ...topic, ...change })).rejects.toMatchObject({
      code: 'template_invalid',
    });
  await refused({ name: 'no spaces' });
  await refused({ templates: {} });
  await refused({ templates: { 'not a tag': { subject: 's', text: 't' } } });
  await refused({ templates: { en: { subject: '{{', text: 't' } } });
});
