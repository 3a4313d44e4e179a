import type { MetadataNotice, MetadataProblem, SourcePosition } from './compiled.js';
import { problemCatalogue, type ProblemCode, type ProblemParams } from './problem-catalogue.js';

/** The texts of a problem whose parameters are known to fit. */
interface Texts {
  message(params: unknown): string;
  hint(params: unknown): string;
}

/** Makes a problem from the catalogue of metadata problems. */
export function problem<C extends ProblemCode>(
  code: C,
  params: ProblemParams<C>,
  position: SourcePosition,
): MetadataProblem {
  const texts: Texts = problemCatalogue[code] as unknown as Texts;
  return { code, message: texts.message(params), hint: texts.hint(params), position };
}

/**
 * A notice whose position is worked out when somebody reads it: most loads tell many notices and
 * show none, and an exact position costs a second reading of the file.
 */
export function lazyNotice(
  code: string,
  message: string,
  locate: () => SourcePosition,
): MetadataNotice {
  let position: SourcePosition | undefined;
  return {
    code,
    message,
    get position() {
      position ??= locate();
      return position;
    },
  };
}

/** In the order of a reader: by file, then line, then column; equal places keep their order. */
export function sortProblems(problems: readonly MetadataProblem[]): MetadataProblem[] {
  return [...problems].sort(
    (left, right) =>
      compareText(left.position.file, right.position.file) ||
      left.position.line - right.position.line ||
      left.position.column - right.position.column,
  );
}

/** By code unit: the same order on every machine, whatever its language. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A position as people and editors write it: `objects/account.object.yml:3:7`. */
export function formatPosition(position: SourcePosition): string {
  return `${position.file}:${position.line}:${position.column}`;
}

/**
 * All problems as text, each with its place, message, hint and code, in the order of a reader.
 *
 * @example
 * objects/contact.object.yml:7:16  "contact.account" refers to the object "acount", which … (reference_unknown)
 *   Correct the name, or define the object.
 */
export function formatProblems(problems: readonly MetadataProblem[]): string {
  return sortProblems(problems)
    .map(
      (entry) =>
        `${formatPosition(entry.position)}  ${entry.message} (${entry.code})\n  ${entry.hint}`,
    )
    .join('\n');
}
