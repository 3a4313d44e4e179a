import type { FieldError } from '@objectos/spec/errors';
import type { Logger, RecordData } from '@objectos/spec/contracts';
import type { ObjectMeta } from '../../metadata/compiled.js';
import type { RehearsalLog } from '../rehearsal-log.js';
import type { Steps } from '../steps.js';
import { compileRule } from './compile.js';
import type { Rule, RuleScope } from './rule.js';

export type { RuleScope } from './rule.js';

/** Writes that rules watch. */
export type RuleEvent = 'insert' | 'update' | 'delete';

interface ActiveRule {
  readonly name: string;
  readonly check: Rule;
  readonly blocks: boolean;
  /** It is about values, which each language has of its own. */
  readonly ofValues: boolean;
}

type CompiledRules = Readonly<Record<RuleEvent, readonly ActiveRule[]>>;

const compiled = new WeakMap<ObjectMeta, CompiledRules>();

/** True when the object has rules for this write. */
export function hasRules(meta: ObjectMeta, event: RuleEvent): boolean {
  return meta.validations.length > 0 && rulesOf(meta)[event].length > 0;
}

/**
 * Runs the validation rules of a write and collects every problem, so that a form can show them all
 * at once. Rules of severity `warning` and `info` are logged and let the write pass.
 */
export function* runRules(
  meta: ObjectMeta,
  event: RuleEvent,
  scope: RuleScope,
  { logger, log }: { readonly logger: Logger; readonly log?: RehearsalLog | undefined },
): Steps<FieldError[]> {
  const problems: FieldError[] = [];
  for (const rule of rulesOf(meta)[event]) {
    const found = yield* rule.check(scope);
    log?.rule(rule.name, meta.name, found.length > 0);
    if (rule.blocks) problems.push(...found);
    else if (found.length > 0) {
      logger.info(
        { object: meta.name, id: scope.id, rule: rule.name, found },
        'validation rule warns',
      );
    }
  }
  return problems;
}

/**
 * Runs the rules about values once more for each language that a record has translations in, as it
 * reads there. A problem is told of the translation (`name:de`), and not again where the default
 * language has it too.
 */
export function* runLanguageRules(
  meta: ObjectMeta,
  event: RuleEvent,
  scope: RuleScope,
  known: readonly FieldError[],
): Steps<FieldError[]> {
  const rules = rulesOf(meta)[event].filter((rule) => rule.blocks && rule.ofValues);
  const told = new Set(known.map(keyOf));
  const problems: FieldError[] = [];
  for (const reading of rules.length === 0 ? [] : readingsOf(meta, scope)) {
    for (const rule of rules) {
      const found = yield* rule.check({ ...scope, record: reading.record });
      problems.push(
        ...found
          .filter((one) => !told.has(keyOf(one)))
          .map((one) => ({ ...one, field: reading.keys.get(one.field) ?? one.field })),
      );
    }
  }
  return problems;
}

function keyOf({ field, code }: FieldError): string {
  return `${code} ${field}`;
}

/** The record as it reads in each language that it has a translation in, and what is translated. */
function readingsOf(meta: ObjectMeta, { record }: RuleScope) {
  const readings = new Map<string, { record: RecordData; keys: Map<string, string> }>();
  for (const [key, { translation }] of meta.translationKeys) {
    const value = record[key] ?? null;
    if (value === null) continue;
    const { locale, of } = translation;
    const reading = readings.get(locale) ?? { record: { ...record }, keys: new Map() };
    readings.set(locale, reading);
    reading.record[of] = value;
    reading.keys.set(of, key);
  }
  return readings.values();
}

function rulesOf(meta: ObjectMeta): CompiledRules {
  const known = compiled.get(meta);
  if (known !== undefined) return known;
  const rules: Record<RuleEvent, ActiveRule[]> = { insert: [], update: [], delete: [] };
  for (const definition of meta.validations) {
    if (definition.active === false) continue;
    const rule: ActiveRule = {
      name: definition.name,
      check: compileRule(meta, definition),
      blocks: (definition.severity ?? 'error') === 'error',
      ofValues: definition.type !== 'unique' && definition.type !== 'state_machine',
    };
    for (const event of definition.events ?? (['insert', 'update'] as const))
      rules[event].push(rule);
  }
  compiled.set(meta, rules);
  return rules;
}
