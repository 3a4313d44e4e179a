import { describe, expect, it } from 'vitest';
import { readPreferences } from './preferences.js';

describe('preferences of a write', () => {
  it.each([
    [undefined, false, false],
    ['return=minimal, respond-async', false, false],
    ['dry-run', true, false],
    ['Dry-Run; strict, merge', true, true],
    [['merge', 'dry-run'], true, true],
  ])('%j', (header, dryRun, merge) => {
    expect(readPreferences(header)).toEqual({ dryRun, merge });
  });

  it.each(['dry-run=false', 'merge=3'])('%s is refused, not read as yes', (header) => {
    expect(() => readPreferences(header)).toThrow(
      expect.objectContaining({ code: 'header_invalid' }),
    );
  });
});
