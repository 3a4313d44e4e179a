import type { FieldError } from '@objectos/spec/errors';
import type { Logger } from '@objectos/spec/contracts';
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
    };
    for (const event of definition.events ?? (['insert', 'update'] as const))
      rules[event].push(rule);
  }
  compiled.set(meta, rules);
  return rules;
}
