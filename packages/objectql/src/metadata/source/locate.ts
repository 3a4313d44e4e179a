import type { SourcePosition } from '../compiled.js';
import type { LineIndex } from './line-index.js';
import { follow, type Marks, type RawDocument } from './raw.js';
import type { KeyPath, Part } from './types.js';

/** Finds where a path of the document with this index was written. */
export type Locator = (
  index: number,
  target: { readonly path: KeyPath; readonly part: Part },
) => SourcePosition;

/**
 * Positions on demand: reads the text a second time, keeping where everything stands, when the
 * first one is asked for.
 */
export function createLocator(
  read: (marks: Marks) => readonly RawDocument[],
  positionOf: LineIndex,
): Locator {
  let located: { readonly documents: readonly RawDocument[]; readonly marks: Marks } | undefined;
  return (index, target) => {
    if (located === undefined) {
      const marks: Marks = new Map();
      located = { documents: read(marks), marks };
    }
    const document = located.documents[index];
    return positionOf(document === undefined ? 0 : follow(document, located.marks, target));
  };
}
