import {
  camelise,
  eachValue,
  get,
  isMapping,
  mapping,
  notice,
  placeOf,
  put,
  set,
  within,
  type Draft,
} from './draft.js';

const knownKeys: ReadonlySet<string> = new Set(['caseSensitive']);

const TYPE_ALIASES: Readonly<Record<string, string>> = {
  crossField: 'cross_field',
  stateMachine: 'state_machine',
  jsonSchema: 'json_schema',
  business_rule: 'script',
};

/** Operators of the old comparison rules, in the formula language. */
const OPERATORS: Readonly<Record<string, string>> = {
  '=': '==',
  '==': '==',
  '!=': '!=',
  '<>': '!=',
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
};

/** A validation rule. */
export const rewriteValidation = mapping(changeRule);

function changeRule(draft: Draft): void {
  camelise(draft, knownKeys);
  const type = get(draft, 'type');
  if (typeof type === 'string' && Object.hasOwn(TYPE_ALIASES, type)) {
    const to = TYPE_ALIASES[type];
    notice(
      draft,
      placeOf(draft, 'type').written,
      `The type "${type}" is an old spelling of "${String(to)}".`,
    );
    set(draft, 'type', to);
  }
  changeComparison(draft);
  eachValue(draft, 'transitions', (value) => (typeof value === 'string' ? [value] : value));
  within(draft, 'then', changeRule);
  within(draft, 'otherwise', changeRule);
}

/**
 * `rule: { field: end, operator: '>=', compare_to: start }` says what must hold, while a condition
 * says what must not. A side that is empty passes, as it did in the old format.
 */
function changeComparison(draft: Draft): void {
  const entry = draft.entries.get('rule');
  if (entry === undefined || !isMapping(entry.value) || draft.entries.has('condition')) return;
  const { field, operator, compare_to: other } = entry.value;
  const sign =
    typeof operator === 'string' && Object.hasOwn(OPERATORS, operator)
      ? OPERATORS[operator]
      : undefined;
  if (typeof field !== 'string' || typeof other !== 'string' || sign === undefined) return;
  draft.entries.delete('rule');
  const condition = `NOT(ISBLANK(${field})) AND NOT(ISBLANK(${other})) AND NOT(${field} ${sign} ${other})`;
  put(draft, 'condition', { value: condition, written: entry.written });
  put(draft, 'fields', { value: [field], written: entry.written });
  notice(draft, entry.written, `"rule" is an old form of "condition: ${condition}".`);
}
