import { entry } from '../define.js';

/** Errors of formulas. Parse errors carry line and column in `details`. */
export const formulaErrors = {
  formula_syntax: entry<{ reason: string; position: number }>({
    category: 'validation',
    status: 400,
    message: (p) => `The formula is not valid at character ${p.position}: ${p.reason}.`,
    hint: () => 'See docs/reference/formula.md for the language.',
  }),
};
