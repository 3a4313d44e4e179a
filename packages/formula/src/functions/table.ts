import type { FunctionDefinition } from './definition.js';
import { logicFunctions } from './logic.js';
import { dateFunctions } from './date.js';
import { numberFunctions } from './number.js';
import { otherFunctions } from './other.js';
import { recordFunctions } from './record.js';
import { textFunctions } from './text.js';

const definitions: readonly FunctionDefinition[] = [
  ...logicFunctions,
  ...numberFunctions,
  ...textFunctions,
  ...dateFunctions,
  ...recordFunctions,
  ...otherFunctions,
];

const table: ReadonlyMap<string, FunctionDefinition> = new Map(
  definitions.map((definition) => [definition.name, definition]),
);

/** The function of this name (in upper case), if there is one. */
export function functionNamed(name: string): FunctionDefinition | undefined {
  return table.get(name);
}

/** All function names. */
export function functionNames(): Iterable<string> {
  return table.keys();
}

/** Every function of the language, for documentation, editors and other back ends. */
export function allFunctions(): readonly FunctionDefinition[] {
  return definitions;
}
