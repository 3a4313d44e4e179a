import { describe, expect, it } from 'vitest';
import { createLocaleReader } from './locale.js';

describe('createLocaleReader', () => {
  const read = createLocaleReader('en');

  it.each([
    [undefined, 'en'],
    ['de-DE', 'de-DE'],
    ['fr;q=0.3, de;q=0.9, en;q=0.1', 'de'],
    ['de, fr', 'de'],
    ['*', 'en'],
    ['', 'en'],
    ['de;q=0', 'en'],
    ['<script>', 'en'],
    ['de;q=2', 'en'],
  ])('reads %s as %s, also when asked again', (header, locale) => {
    expect(read(header)).toBe(locale);
    expect(read(header)).toBe(locale);
  });

  it('reads a header of any length', () => {
    expect(read(`${'x-'.repeat(50_000)}, de`)).toBe('en');
  });
});
