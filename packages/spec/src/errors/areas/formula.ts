import { entry } from '../define.js';
import { didYouMean } from './shared.js';

const REFERENCE = 'See docs/reference/formula.md for the language and its functions.';

/**
 * Errors of formulas. `position` counts characters of the formula from 1; every error of a
 * formula's text carries `{ line, column, position }` in its `details`.
 */
export const formulaErrors = {
  formula_syntax: entry<{ reason: string; position: number }>({
    category: 'validation',
    status: 400,
    message: (p) => `The formula is not valid at character ${p.position}: ${p.reason}.`,
    hint: () => REFERENCE,
  }),
  formula_unknown_field: entry<{
    field: string;
    position: number;
    suggestion?: string | undefined;
  }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `The formula reads "${p.field}" at character ${p.position}, and there is no such field.${didYouMean(p.suggestion)}`,
    hint: () => 'Use the API name of a field; reach a related record by a dot, as in account.name.',
  }),
  formula_unknown_function: entry<{
    name: string;
    position: number;
    suggestion?: string | undefined;
  }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `The formula calls "${p.name}" at character ${p.position}, and there is no such function.${didYouMean(p.suggestion)}`,
    hint: () => REFERENCE,
  }),
  formula_arguments: entry<{ name: string; position: number; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `${p.name} at character ${p.position} ${p.reason}.`,
    hint: () => REFERENCE,
  }),
  formula_type: entry<{ reason: string; position: number }>({
    category: 'validation',
    status: 400,
    message: (p) => `The types of the formula do not fit at character ${p.position}: ${p.reason}.`,
    hint: () => 'Convert on purpose with TEXT, VALUE, DATEVALUE, DATETIMEVALUE or TIMEVALUE.',
  }),
  formula_limit: entry<{ limit: string; max: number; position: number }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `The formula exceeds the limit "${p.limit}" of ${p.max} at character ${p.position}.`,
    hint: () => 'Split the formula into several fields, or make the text it works on shorter.',
  }),
  formula_evaluation: entry<{ name: string; position: number; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The formula has no value: ${p.name} at character ${p.position} ${p.reason}.`,
    hint: () => 'Guard it with IF or ISBLANK, or give another value with IFERROR.',
  }),
  formula_timezone: entry<{ timezone: string }>({
    category: 'server',
    status: 500,
    message: (p) => `A formula was evaluated in "${p.timezone}", which is not a time zone.`,
    hint: () => 'Set an IANA name such as Europe/Zurich as the time zone.',
  }),
  formula_not_in_database: entry<{ object: string; field: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `"${p.object}" cannot be filtered, sorted, grouped or aggregated by "${p.field}": ${p.reason}.`,
    hint: () =>
      'Use the fields that the formula reads, or write it so that the database can compute it (docs/guide/computed-fields.md).',
  }),
};
