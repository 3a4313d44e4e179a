import { describe, expect, it } from 'vitest';
import { expectedRevisions, isCurrent, recordTag, refuseIfNoneMatch } from './preconditions.js';

describe('entity tags', () => {
  it('are the revision, or nothing where the answer leaves it out', () => {
    expect(recordTag({ id: 'a', revision: 3 })).toBe('"3"');
    expect(recordTag({ id: 'a' })).toBeUndefined();
  });

  it.each([
    [undefined, undefined],
    ['*', undefined],
    ['"7"', [7]],
    [' "7" ', [7]],
    ['"7", "8"', [7, 8]],
    ['W/"7", "8"', [8]],
    ['W/"7"', []],
    ['"seven"', []],
    ['"1e3"', []],
    [`"${'9'.repeat(30)}"`, []],
  ])('If-Match %s expects revisions %s', (header, revisions) => {
    expect(expectedRevisions(header)).toEqual(revisions);
  });

  it.each(['7', '', 'W/7', '"7" "8"', '"7",', '"7'])(
    'If-Match %s is refused, not ignored',
    (header) => {
      expect(() => expectedRevisions(header)).toThrow(
        expect.objectContaining({ code: 'header_invalid' }),
      );
    },
  );

  it('If-None-Match on a write is refused', () => {
    refuseIfNoneMatch(undefined);
    expect(() => refuseIfNoneMatch('*')).toThrow(
      expect.objectContaining({ code: 'header_invalid' }),
    );
  });

  it.each([
    ['"3"', true],
    ['W/"3"', true],
    ['"1", "3"', true],
    ['*', true],
    ['"4"', false],
    [undefined, false],
  ])('If-None-Match %s is current: %s', (header, current) => {
    expect(isCurrent(header, '"3"')).toBe(current);
  });

  it('knows no current copy of what has no tag', () => {
    expect(isCurrent('*', undefined)).toBe(false);
  });
});
