import { noValue, type Site } from '../fault.js';
import { spend } from '../functions/budget.js';
import {
  parameterAt,
  type CallSite,
  type Evaluator,
  type ParameterKind,
  type Run,
  type StrictFunction,
} from '../functions/definition.js';
import type { TypedCallNode } from '../syntax/ast.js';
import { parseDate, parseDateTime, parseTime } from '../time/text.js';
import { toLocal } from '../time/zone.js';
import type { BlankMode, FormulaValue, MoneyValue } from '../types.js';
import {
  dateTimeValue,
  dateValue,
  describe,
  isNumber,
  listValue,
  timeValue,
} from '../values/kinds.js';
import { truth } from './operators.js';

/** Compiles a call whose arguments are compiled already. */
export function compileCall(
  node: TypedCallNode,
  evaluators: readonly Evaluator[],
  site: CallSite,
): Evaluator {
  const { definition } = node;
  const converted = evaluators.map((evaluator, index) => {
    const kind = parameterAt(definition, index)?.kind ?? 'value';
    return convert(evaluator, kind, site);
  });
  if (definition.kind === 'special') {
    return definition.compile({ site, nodes: node.arguments, evaluators: converted });
  }
  const kinds = evaluators.map((_, index) => parameterAt(definition, index)?.kind ?? 'value');
  return compileStrict(definition, { evaluators: converted, kinds, site });
}

interface StrictCall {
  readonly evaluators: readonly Evaluator[];
  readonly kinds: readonly ParameterKind[];
  readonly site: CallSite;
}

function compileStrict(definition: StrictFunction, call: StrictCall): Evaluator {
  const { evaluators, kinds, site } = call;
  const passesNull = kinds.map((kind) => kind === 'value' || kind === 'list');
  return (run) => {
    spend(run, 1, site);
    const values: FormulaValue[] = [];
    let isMissing = false;
    let hasMoney = false;
    for (let index = 0; index < evaluators.length; index++) {
      const value = evaluators[index]?.(run) ?? null;
      if (value === null && passesNull[index] !== true) isMissing = true;
      if (kinds[index] === 'number' && isMoney(value)) hasMoney = true;
      values.push(value);
    }
    if (isMissing) return null;
    return hasMoney
      ? computeMoney(definition, values, { run, kinds, site })
      : definition.evaluate(values, run, site);
  };
}

/** Number parameters see bare amounts; a function of money gives its result their currency back. */
function computeMoney(
  definition: StrictFunction,
  values: readonly FormulaValue[],
  at: { readonly run: Run; readonly kinds: readonly ParameterKind[]; readonly site: CallSite },
): FormulaValue {
  const bare = values.map((value, index) =>
    at.kinds[index] === 'number' && isMoney(value) ? value.amount : value,
  );
  const result = definition.evaluate(bare, at.run, at.site);
  const currency = definition.money === true ? commonCurrency(values, at.site) : undefined;
  return currency !== undefined && isNumber(result)
    ? { kind: 'money', amount: result, currency }
    : result;
}

function isMoney(value: FormulaValue): value is MoneyValue {
  return typeof value === 'object' && value?.kind === 'money';
}

function commonCurrency(values: readonly FormulaValue[], site: Site): string | undefined {
  let currency: string | undefined;
  for (const value of values) {
    if (!isMoney(value)) continue;
    currency ??= value.currency;
    if (currency !== value.currency)
      throw noValue(site, `mixes ${currency} with ${value.currency}`);
  }
  return currency;
}

/** Brings an argument to the kind its parameter wants; the null rules are applied here. */
function convert(evaluator: Evaluator, kind: ParameterKind, site: CallSite): Evaluator {
  switch (kind) {
    case 'value':
    case 'field':
      return evaluator;
    case 'number': {
      const blank = blankNumber(site.blankAs);
      return (run) => asNumber(evaluator(run), blank, site);
    }
    case 'text':
      return (run) => asText(evaluator(run), site);
    case 'boolean':
      return (run) => truth(evaluator(run), site);
    case 'list':
      return (run) => asList(evaluator(run));
    case 'location':
      return (run) => asObject(evaluator(run), site);
    case 'date':
    case 'datetime':
    case 'moment':
    case 'time':
      return (run) => asMoment(evaluator(run), kind, { site, timezone: run.scope.timezone });
  }
}

function blankNumber(mode: BlankMode): 0 | null {
  return mode === 'zero' ? 0 : null;
}

function asNumber(value: FormulaValue, blank: 0 | null, site: Site): FormulaValue {
  if (value === null) return blank;
  if (isNumber(value)) return value;
  if (typeof value === 'object' && value.kind === 'money') return value;
  throw noValue(site, `needs a number and is given ${describe(value)}`);
}

function asText(value: FormulaValue, site: Site): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  throw noValue(site, `needs text and is given ${describe(value)}`);
}

/** One text counts as a list of one, so a single choice may stand for several. */
function asList(value: FormulaValue): FormulaValue {
  if (value === null) return listValue([]);
  return typeof value === 'object' && value.kind === 'list' ? value : listValue([value]);
}

function asObject(value: FormulaValue, site: Site): FormulaValue {
  if (value === null || (typeof value === 'object' && value.kind === 'object')) return value;
  throw noValue(site, `needs a location and is given ${describe(value)}`);
}

type MomentKind = 'date' | 'datetime' | 'moment' | 'time';

function asMoment(
  value: FormulaValue,
  kind: MomentKind,
  at: { readonly site: Site; readonly timezone: string },
): FormulaValue {
  if (value === null || value === '') return null;
  const moment = typeof value === 'string' ? readMoment(value, kind, at.timezone) : value;
  const found = typeof moment === 'object' && moment !== null ? moment.kind : undefined;
  if (found === kind) return moment;
  if (kind === 'moment' && (found === 'date' || found === 'datetime')) return moment;
  if (kind === 'time' && typeof moment === 'object' && moment?.kind === 'datetime') {
    return timeValue(toLocal(moment.ms, at.timezone));
  }
  const wanted = kind === 'moment' ? 'date or datetime' : kind;
  throw noValue(at.site, `needs a ${wanted} and is given ${describe(value)}`);
}

function readMoment(text: string, kind: MomentKind, timezone: string): FormulaValue {
  if (kind === 'time') {
    const ms = parseTime(text);
    if (ms !== undefined) return timeValue(ms);
  }
  const days = kind === 'datetime' ? undefined : parseDate(text);
  if (days !== undefined) return dateValue(days);
  const ms = kind === 'date' ? undefined : parseDateTime(text, timezone);
  return ms === undefined ? null : dateTimeValue(ms);
}
