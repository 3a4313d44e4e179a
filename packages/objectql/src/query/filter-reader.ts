import type { Filter } from '@objectos/spec/contracts';
import { comparison } from './comparison.js';
import { checkLimit } from './refuse.js';

/** One reading of a filter: what all its parts share, and the way back to reading any syntax. */
export interface FilterReader {
  /** Reads any syntax at `depth` (the outermost is 1). */
  read(input: unknown, depth: number): Filter;
  /** Checks the depth where a part is read without {@link read}. */
  enter(depth: number): void;
  /** Makes a comparison and counts it. */
  compare(field: unknown, operator: string, value: unknown): Filter;
}

/** A reader with its own count of comparisons. */
export function createReader(
  read: (reader: FilterReader, input: unknown, depth: number) => Filter,
): FilterReader {
  let terms = 0;
  const reader: FilterReader = {
    read(input, depth) {
      reader.enter(depth);
      return read(reader, input, depth);
    },
    enter: (depth) => checkLimit('filter.depth', depth),
    compare(field, operator, value) {
      terms += 1;
      checkLimit('filter.terms', terms);
      return comparison(field, operator, value);
    },
  };
  return reader;
}

/** Combines filters; a combination of one is that one. */
export function group(op: 'and' | 'or', args: readonly Filter[]): Filter {
  const [only] = args;
  return args.length === 1 && only !== undefined ? only : { op, args };
}
