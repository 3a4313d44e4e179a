import type { ValidationDefinition } from '@objectos/spec/metadata';
import type { Rule } from './rule.js';

type StateMachineDefinition = Omit<
  Extract<ValidationDefinition, { type: 'state_machine' }>,
  'name'
>;

/**
 * A rule that a field only moves along the declared transitions. A value without declared
 * transitions is final; a record may start, and leave "no value", anywhere.
 */
export function stateMachineRule(definition: StateMachineDefinition, name: string): Rule {
  const { field } = definition;
  const targets = new Map(
    Object.entries(definition.transitions).map(([from, to]) => [from, new Set(to)]),
  );
  return function* ({ record, previous }) {
    const from = previous?.[field];
    const to = record[field];
    if (typeof from !== 'string' || from === to) return [];
    if (typeof to === 'string' && targets.get(from)?.has(to) === true) return [];
    const allowed = [...(targets.get(from) ?? [])];
    const wanted = typeof to === 'string' ? `"${to}"` : 'empty';
    const choice = allowed.length === 0 ? 'it is final' : `it can become ${allowed.join(', ')}`;
    const message = definition.message ?? `"${from}" cannot become ${wanted}; ${choice}`;
    return [{ field, code: name, message }];
  };
}
