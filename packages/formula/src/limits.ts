/** What one formula may cost. The numbers are part of the language: a formula that fits fits everywhere. */
export interface FormulaLimits {
  /** Characters of source text. */
  readonly characters: number;
  /** Nodes of the syntax tree. */
  readonly nodes: number;
  /** Nesting of parentheses, calls and prefix operators. */
  readonly depth: number;
  /** Relations a path may follow before its field. */
  readonly hops: number;
  /** UTF-16 units of one text value. */
  readonly text: number;
  /** Work of one evaluation: about one step per call, and one per character of text handled. */
  readonly steps: number;
  /** States of one compiled regular expression. */
  readonly patternStates: number;
}

/** The limits every formula lives under. */
export const FORMULA_LIMITS: FormulaLimits = {
  characters: 3_900,
  nodes: 5_000,
  depth: 64,
  hops: 5,
  text: 1_048_576,
  steps: 10_000_000,
  patternStates: 2_000,
};
