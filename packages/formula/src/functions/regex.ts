import { noValue, type Site } from '../fault.js';
import { FORMULA_LIMITS } from '../limits.js';
import { compilePattern, type CompiledPattern } from '../regex/match.js';
import type { TypedExpression } from '../syntax/ast.js';
import { spend, spendText } from './budget.js';
import { required, special, type Evaluator, type SpecialCall } from './definition.js';

const EMPTY: Evaluator = () => '';

/** REGEX, whose pattern is compiled with the formula when it is a constant. */
export const regexFunction = special({
  name: 'REGEX',
  group: 'text',
  summary: 'True when the whole text matches the regular expression; linear in the text.',
  parameters: [required('text', 'text'), required('pattern', 'text')],
  result: 'boolean',
  check: checkPattern,
  compile: compileRegex,
});

function checkPattern([, pattern]: readonly TypedExpression[]): string | undefined {
  const source = constantOf(pattern);
  if (source === undefined) return undefined;
  const compiled = compilePattern(source, FORMULA_LIMITS.patternStates);
  return 'problem' in compiled ? `has a pattern that ${compiled.problem}` : undefined;
}

function compileRegex({ nodes, evaluators, site }: SpecialCall): Evaluator {
  const [read = EMPTY, readPattern = EMPTY] = evaluators;
  const constant = constantOf(nodes[1]);
  const known = constant === undefined ? undefined : compile(constant, site);
  return (run) => {
    const text = asText(read(run));
    spendText(run, text.length, site);
    const source = known === undefined ? asText(readPattern(run)) : '';
    // Compiling a pattern from data costs as much as matching it against its largest size.
    if (known === undefined) spend(run, FORMULA_LIMITS.patternStates + source.length, site);
    const pattern = known ?? compile(source, site);
    return pattern.matches(text, (work) => {
      spend(run, work, site);
    });
  };
}

function compile(source: string, site: Site): CompiledPattern {
  const compiled = compilePattern(source, FORMULA_LIMITS.patternStates);
  if ('problem' in compiled) throw noValue(site, `has a pattern that ${compiled.problem}`);
  return compiled;
}

function constantOf(node: TypedExpression | undefined): string | undefined {
  return node?.kind === 'literal' && typeof node.value === 'string' ? node.value : undefined;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
