import { limitReached, type Site } from '../fault.js';
import { FORMULA_LIMITS } from '../limits.js';
import type { Run } from './definition.js';

/** Pays for work; refuses when the evaluation has used up its steps. */
export function spend(run: Run, steps: number, site: Site): void {
  run.budget -= steps;
  if (run.budget < 0) throw limitReached(site, 'steps', FORMULA_LIMITS.steps);
}

/** Pays for a text of this length before it is made, and refuses one that is too long. */
export function spendText(run: Run, length: number, site: Site): void {
  if (length > FORMULA_LIMITS.text) throw limitReached(site, 'text', FORMULA_LIMITS.text);
  spend(run, length, site);
}
