import { compileFormula } from '@objectos/formula';
import { isObjectOSError } from '@objectos/spec/errors';
import { suggest, type ValidationDefinition } from '@objectos/spec/metadata';
import { recordTypes } from '../../engine/rules/formula-types.js';
import { checkValue } from '../../values/checks.js';
import type { FieldMeta, MetadataProblem, ObjectMeta } from '../compiled.js';
import type { Merged } from '../layers/merge.js';
import { problem } from '../problems.js';
import type { KeyPath, Part } from '../source/types.js';
import type { PlacedRule } from './rules.js';

/** What checking one object needs. */
export interface ObjectCheck {
  readonly meta: ObjectMeta;
  readonly item: Merged;
  readonly rules: readonly PlacedRule[];
  /** Names of all objects, of those too that are not valid. */
  readonly objects: ReadonlySet<string>;
  readonly problems: MetadataProblem[];
}

/** Checks everything that an object says about itself and about other objects. */
export function checkObject(check: ObjectCheck): void {
  checkName(check);
  for (const field of check.meta.fields.values()) if (!field.system) checkField(check, field);
  checkFieldLists(check);
  for (const placed of check.rules) checkRule(check, placed, placed.rule, []);
}

function checkName({ meta, item, problems }: ObjectCheck): void {
  if (!meta.name.startsWith('sys_')) return;
  const position = item.locate(['name'], 'value');
  problems.push(problem('reserved_object_name', { name: meta.name }, position));
}

function checkField(check: ObjectCheck, field: FieldMeta): void {
  const { meta, item, objects, problems } = check;
  const { definition, reference, name } = field;
  const owner = `${meta.name}.${name}`;
  if (reference !== undefined && !objects.has(reference)) {
    const params = { owner, name: reference, suggestion: suggest(reference, objects) };
    problems.push(
      problem('reference_unknown', params, item.locate(['fields', name, 'reference'], 'value')),
    );
  }
  if (field.required && field.deleteBehavior === 'set_null') {
    const position = item.locate(['fields', name, 'deleteBehavior']);
    problems.push(problem('delete_behavior', { field: owner }, position));
  }
  if ('defaultValue' in definition && definition.defaultValue !== undefined && !field.computed) {
    const outcome = checkValue(field, definition.defaultValue);
    if (!outcome.ok) {
      const params = { field: owner, reason: outcome.message };
      problems.push(
        problem('default_invalid', params, item.locate(['fields', name, 'defaultValue'], 'value')),
      );
    }
  }
  checkRange(check, field, ['min', 'max']);
  checkRange(check, field, ['minLength', 'maxLength']);
}

function checkRange(check: ObjectCheck, field: FieldMeta, keys: readonly [string, string]): void {
  const definition = field.definition as Readonly<Record<string, unknown>>;
  const [lower, upper] = [definition[keys[0]], definition[keys[1]]];
  if (typeof lower !== 'number' || typeof upper !== 'number' || lower <= upper) return;
  const params = { field: `${check.meta.name}.${field.name}`, lower: keys[0], upper: keys[1] };
  const position = check.item.locate(['fields', field.name, keys[0]], 'value');
  check.problems.push(problem('range_empty', params, position));
}

/** Index fields, the name field, the title and the compact layout name fields that exist. */
function checkFieldLists(check: ObjectCheck): void {
  checkIndexNames(check);
  const { definition } = check.meta;
  (definition.indexes ?? []).forEach((index, at) =>
    index.fields.forEach((name, place) => {
      // An index shows no value, so it may hold a secret: that is how one is looked up.
      if (check.meta.encrypted.has(name)) {
        const position = check.item.locate(['indexes', at, 'fields', place], 'value');
        check.problems.push(
          problem('index_encrypted', { object: check.meta.name, name }, position),
        );
        return;
      }
      if (check.meta.sealed.has(name)) return;
      requireField(check, { name, owner: 'An index', path: ['indexes', at, 'fields', place] });
    }),
  );
  (definition.compactLayout ?? []).forEach((name, at) =>
    requireField(check, { name, owner: 'compactLayout', path: ['compactLayout', at] }),
  );
  if (definition.nameField !== undefined) {
    requireField(check, { name: definition.nameField, owner: 'nameField', path: ['nameField'] });
  }
  for (const match of (definition.titleFormat ?? '').matchAll(/\{([^{}]*)\}/g)) {
    requireField(check, { name: match[1] ?? '', owner: 'titleFormat', path: ['titleFormat'] });
  }
}

/** Two indexes of one name would be one in the database. */
function checkIndexNames({ meta, item, problems }: ObjectCheck): void {
  const seen = new Set<string>();
  (meta.definition.indexes ?? []).forEach((index, at) => {
    const name = index.name ?? index.fields.join('_');
    if (seen.has(name)) {
      const position = item.locate(['indexes', at, index.name === undefined ? 'fields' : 'name']);
      problems.push(problem('duplicate_index', { object: meta.name, name }, position));
    }
    seen.add(name);
  });
}

interface NamedField {
  readonly name: string;
  readonly owner: string;
  readonly path: KeyPath;
  readonly locate?: PlacedRule['locate'];
}

function requireField(check: ObjectCheck, { name, owner, path, locate }: NamedField): void {
  const { meta, item, problems } = check;
  if (meta.columns.has(name)) return;
  const params = { owner, object: meta.name, name, suggestion: suggest(name, meta.visible) };
  problems.push(problem('field_unknown', params, (locate ?? item.locate)(path, 'value')));
}

type AnyRule =
  ValidationDefinition | Extract<ValidationDefinition, { type: 'conditional' }>['then'];

function checkRule(check: ObjectCheck, placed: PlacedRule, rule: AnyRule, path: KeyPath): void {
  const name = placed.rule.name;
  const owner = `Rule "${name}"`;
  const { locate } = placed;
  if ('field' in rule)
    requireField(check, { name: rule.field, owner, path: [...path, 'field'], locate });
  if ('fields' in rule) {
    (rule.fields ?? []).forEach((field, at) =>
      requireField(check, { name: field, owner, path: [...path, 'fields', at], locate }),
    );
  }
  if ('condition' in rule) checkCondition(check, placed, rule.condition, [...path, 'condition']);
  if (rule.type === 'state_machine') checkTransitions(check, placed, rule, path);
  if (rule.type === 'conditional') {
    checkCondition(check, placed, rule.when, [...path, 'when']);
    checkRule(check, placed, rule.then, [...path, 'then']);
    if (rule.otherwise !== undefined)
      checkRule(check, placed, rule.otherwise, [...path, 'otherwise']);
  }
}

function checkTransitions(
  check: ObjectCheck,
  { rule: { name }, locate }: PlacedRule,
  rule: {
    readonly field: string;
    readonly transitions: Readonly<Record<string, readonly string[]>>;
  },
  path: KeyPath,
): void {
  const options = check.meta.fields.get(rule.field)?.options;
  if (options === undefined) return;
  const field = `${check.meta.name}.${rule.field}`;
  const requireState = (state: string, at: KeyPath, part: Part): void => {
    if (options.has(state)) return;
    const suggestion = suggest(state, options);
    const params = { owner: `Rule "${name}"`, field, name: state, suggestion };
    check.problems.push(problem('value_unknown', params, locate([...path, ...at], part)));
  };
  for (const [from, targets] of Object.entries(rule.transitions)) {
    requireState(from, ['transitions', from], 'key');
    targets.forEach((target, at) => requireState(target, ['transitions', from, at], 'value'));
  }
}

function checkCondition(
  check: ObjectCheck,
  { rule: { name }, locate }: PlacedRule,
  source: string,
  path: KeyPath,
): void {
  try {
    compileFormula(source, {
      expect: 'boolean',
      names: check.meta.visible,
      fields: recordTypes(check.meta),
    });
  } catch (error) {
    if (!isObjectOSError(error)) throw error;
    const params = { what: `condition of rule "${name}"`, reason: error.message, hint: error.hint };
    check.problems.push(problem('formula_invalid', params, locate(path, 'value')));
  }
}
