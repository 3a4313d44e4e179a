import { compileFormula } from '@objectos/formula';
import type { FieldError } from '@objectos/spec/errors';
import type { ValidationDefinition } from '@objectos/spec/metadata';
import type { ObjectMeta } from '../../metadata/compiled.js';
import { recordTypes } from './formula-types.js';
import { withOwnFormulas } from '../computed/evaluate.js';
import { formatRule } from './format.js';
import { jsonSchemaRule } from './json-schema.js';
import type { Rule, RuleScope } from './rule.js';
import { stateMachineRule } from './state-machine.js';
import { uniqueRule } from './unique.js';

/** A rule that can stand inside a `conditional` rule. */
type InnerDefinition = Extract<ValidationDefinition, { type: 'conditional' }>['then'];

/** Compiles one validation rule. */
export function compileRule(meta: ObjectMeta, definition: ValidationDefinition): Rule {
  switch (definition.type) {
    case 'unique':
      return uniqueRule(meta, definition);
    case 'conditional': {
      const applies = compileCondition(meta, definition.when);
      const inherit = (rule: InnerDefinition): InnerDefinition => ({
        ...rule,
        message: rule.message ?? definition.message,
      });
      const then = compileInner(meta, inherit(definition.then), definition.name);
      const otherwise =
        definition.otherwise === undefined
          ? undefined
          : compileInner(meta, inherit(definition.otherwise), definition.name);
      return function* (scope) {
        const rule = applies(scope) ? then : otherwise;
        return rule === undefined ? [] : yield* rule(scope);
      };
    }
    default:
      return compileInner(meta, definition, definition.name);
  }
}

function compileInner(meta: ObjectMeta, definition: InnerDefinition, name: string): Rule {
  switch (definition.type) {
    case 'script':
    case 'cross_field': {
      const isInvalid = compileCondition(meta, definition.condition);
      const fields = 'fields' in definition ? (definition.fields ?? []) : [];
      const problems = problemsAt(fields, name, definition.message);
      return function* (scope) {
        return isInvalid(scope) ? problems : [];
      };
    }
    case 'format':
      return formatRule(definition, name);
    case 'state_machine':
      return stateMachineRule(definition, name);
    case 'json_schema':
      return jsonSchemaRule(definition, name);
  }
}

/** Compiles a condition of the formula language into a predicate. A blank result counts as false. */
export function compileCondition(meta: ObjectMeta, source: string): (scope: RuleScope) => boolean {
  const formula = compileFormula(source, {
    expect: 'boolean',
    names: meta.visible,
    fields: recordTypes(meta),
  });
  const read = formula.paths.flatMap(([name]) =>
    name !== undefined && meta.fields.get(name)?.formula !== undefined ? [name] : [],
  );
  return ({ record, previous, now, timezone, user }) =>
    formula.evaluate({
      record: withOwnFormulas(meta, read, record, { now, timezone, user }),
      ...(previous === undefined ? {} : { previous }),
      isNew: previous === undefined,
      user,
      now,
      timezone,
    }) === true;
}

function problemsAt(
  fields: readonly string[],
  code: string,
  message = 'the record is not valid',
): readonly FieldError[] {
  const named = fields.length === 0 ? [''] : fields;
  return named.map((field) => ({ field, code, message }));
}
