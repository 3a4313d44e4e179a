import { RESERVED_NAMES } from '@objectos/spec/metadata';
import { METADATA_LIMITS } from '../limits.js';
import type { ProblemCode, ProblemParams } from '../problem-catalogue.js';
import type { KeyPath, Part } from './types.js';

/** Told of each problem while a text is read, with its offset in the text. */
export type Report = <C extends ProblemCode>(
  code: C,
  params: ProblemParams<C>,
  offset: number,
) => void;

/** Where the entries of each mapping and list were written, by identity of the value read. */
export type Marks = Map<object, Map<string | number, Readonly<Record<Part, number>>>>;

/** A document as read, before anybody asked what it means. */
export interface RawDocument {
  readonly value: unknown;
  readonly offset: number;
}

/** Counts what a document may not have too much of, and refuses names that JavaScript reserves. */
export interface ReadContext {
  readonly report: Report;
  /** Present when positions are wanted. */
  readonly marks: Marks | undefined;
  /** The line of an offset, from 1. */
  lineOf(offset: number): number;
  /** Values that may still be read. */
  budget: number;
}

/** Remembers where an entry was written, when somebody wants to know. */
export function mark(
  context: ReadContext,
  container: object,
  entry: { readonly key: string | number } & { readonly at: Readonly<Record<Part, number>> },
): void {
  if (context.marks === undefined) return;
  const entries =
    context.marks.get(container) ?? new Map<string | number, Readonly<Record<Part, number>>>();
  context.marks.set(container, entries);
  entries.set(entry.key, entry.at);
}

/** True when `key` may be a property; else it was reported. */
export function acceptKey(context: ReadContext, key: string, offset: number): boolean {
  if (RESERVED_NAMES.has(key)) context.report('reserved_key', { key }, offset);
  else if (key === '<<') context.report('merge_key', {}, offset);
  else return true;
  return false;
}

/** Thrown through the reader when going on would cost too much; the problem is reported already. */
export const STOP: unique symbol = Symbol('stop');

/** Takes one value from the budget. */
export function spend(context: ReadContext, offset: number): void {
  context.budget -= 1;
  if (context.budget >= 0) return;
  context.report('too_many', { what: 'values', max: METADATA_LIMITS.values }, offset);
  stop();
}

/** Refuses a depth beyond the limit. */
export function checkDepth(context: ReadContext, depth: number, offset: number): void {
  if (depth <= METADATA_LIMITS.depth) return;
  context.report('too_deep', { max: METADATA_LIMITS.depth }, offset);
  stop();
}

/** Ends the reading of this file. */
export function stop(): never {
  // A symbol, not an error: it never leaves the parser, and nobody reads its stack.
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- see above
  throw STOP;
}

/** The offset of the deepest part of `path` that was written, and how deep that is. */
export function follow(
  root: RawDocument,
  marks: Marks,
  target: { readonly path: KeyPath; readonly part: Part },
): number {
  let value = root.value;
  let offset = root.offset;
  for (const [index, step] of target.path.entries()) {
    if (typeof value !== 'object' || value === null) break;
    const entry = marks.get(value)?.get(step);
    if (entry === undefined) break;
    // Around something that is missing the key says where to look: `fields:`, not its first child.
    const isLast = index === target.path.length - 1;
    offset = isLast && target.part === 'value' ? entry.value : entry.key;
    value = (value as Record<string | number, unknown>)[step];
  }
  return offset;
}
