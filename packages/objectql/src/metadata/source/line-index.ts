import type { SourcePosition } from '../compiled.js';

/** Turns offsets of one text into positions. */
export type LineIndex = (offset: number) => SourcePosition;

/** Finds positions by binary search over the line starts, which are collected on first use. */
export function createLineIndex(file: string, text: string): LineIndex {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
