import { describe, expect, it } from 'vitest';
import { readPreferences } from './preferences.js';

describe('preferences of a write', () => {
  it.each([
    [undefined, false, false, false],
    ['return=minimal, respond-async', false, false, true],
    ['dry-run', true, false, false],
    ['Dry-Run; strict, merge', true, true, false],
    [['merge', 'dry-run'], true, true, false],
  ])('%j', (header, dryRun, merge, later) => {
    expect(readPreferences(header)).toEqual({ dryRun, merge, async: later });
  });

  it.each(['dry-run=false', 'merge=3'])('%s is refused, not read as yes', (header) => {
    expect(() => readPreferences(header)).toThrow(
      expect.objectContaining({ code: 'header_invalid' }),
    );
  });
});
