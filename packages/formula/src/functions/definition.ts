import type { Site } from '../fault.js';
import type { TypedExpression } from '../syntax/ast.js';
import type { BlankMode, FormulaScope, FormulaType, FormulaValue } from '../types.js';

/** Chapters of the function reference. */
export type FunctionGroup = 'logic' | 'number' | 'text' | 'date' | 'record' | 'other';

/**
 * What a parameter takes. `number`, `text`, `boolean`, `date`, … are converted before the function
 * sees them; `value` arrives as it is; `moment` is a date or datetime; `field` must be a field path.
 */
export type ParameterKind =
  | 'value'
  | 'number'
  | 'text'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'moment'
  | 'time'
  | 'list'
  | 'location'
  | 'field';

/** One parameter. */
export interface Parameter {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly optional?: boolean;
  /** Takes this and every further argument. Only the last parameter may. */
  readonly rest?: boolean;
}

/** What one evaluation carries along. */
export interface Run {
  readonly scope: FormulaScope;
  /** Steps left; see `FORMULA_LIMITS.steps`. */
  budget: number;
}

/** A compiled expression. */
export type Evaluator = (run: Run) => FormulaValue;

/** Where a function is called from, and under which rules. */
export interface CallSite extends Site {
  readonly blankAs: BlankMode;
}

/** A call, checked, with its arguments compiled and converted. */
export interface SpecialCall {
  readonly site: CallSite;
  readonly nodes: readonly TypedExpression[];
  readonly evaluators: readonly Evaluator[];
}

interface FunctionBase {
  /** In upper case. */
  readonly name: string;
  readonly group: FunctionGroup;
  /** One sentence for the reference. */
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  /** The result's type, or how it follows from the checked arguments. */
  readonly result: FormulaType | ((nodes: readonly TypedExpression[]) => FormulaType);
  /** True when it looks at the record before the change. */
  readonly previous?: boolean;
  /** True when its value changes with the clock. */
  readonly volatile?: boolean;
}

/** A function of its argument values. Without a value in a number or date argument it has none. */
export interface StrictFunction extends FunctionBase {
  readonly kind: 'strict';
  /** Amounts with a currency are computed as numbers, and the result bears the currency. */
  readonly money?: boolean;
  evaluate(values: readonly FormulaValue[], run: Run, site: CallSite): FormulaValue;
}

/** A function that decides itself which arguments are evaluated, or that needs their source. */
export interface SpecialFunction extends FunctionBase {
  readonly kind: 'special';
  /** Says what is wrong with the arguments beyond their number and types, or nothing. */
  check?(nodes: readonly TypedExpression[]): string | undefined;
  compile(call: SpecialCall): Evaluator;
}

/**
 * One entry of the function table: all that is known of a function. A further back end keeps a
 * table of its own under the same names and falls back to evaluation where it has no entry.
 */
export type FunctionDefinition = StrictFunction | SpecialFunction;

/** Declares a function of values. */
export function strict(definition: Omit<StrictFunction, 'kind'>): StrictFunction {
  return { ...definition, kind: 'strict' };
}

/** Declares a function that controls the evaluation of its arguments. */
export function special(definition: Omit<SpecialFunction, 'kind'>): SpecialFunction {
  return { ...definition, kind: 'special' };
}

/** A parameter that must be given. */
export function required(name: string, kind: ParameterKind): Parameter {
  return { name, kind };
}

/** A parameter that may be left out. */
export function optional(name: string, kind: ParameterKind): Parameter {
  return { name, kind, optional: true };
}

/** One or more arguments. */
export function rest(name: string, kind: ParameterKind): Parameter {
  return { name, kind, rest: true };
}

/** `NAME(a, [b], c, ...)`, as the reference shows it. */
export function signatureOf(definition: FunctionDefinition): string {
  const shown = definition.parameters.map((parameter) => {
    const name = parameter.rest === true ? `${parameter.name}, ...` : parameter.name;
    return parameter.optional === true ? `[${name}]` : name;
  });
  return `${definition.name}(${shown.join(', ')})`;
}

/** The fewest and the most arguments a function takes. */
export function arityOf(definition: FunctionDefinition): { min: number; max: number } {
  const { parameters } = definition;
  const min = parameters.filter((parameter) => parameter.optional !== true).length;
  const open = parameters.some((parameter) => parameter.rest === true);
  return { min, max: open ? Number.POSITIVE_INFINITY : parameters.length };
}

/** The parameter that takes the argument at `index`. */
export function parameterAt(definition: FunctionDefinition, index: number): Parameter | undefined {
  const { parameters } = definition;
  return parameters[index] ?? parameters[parameters.length - 1];
}
