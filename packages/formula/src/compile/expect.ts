import { noValue, type Site } from '../fault.js';
import type { BlankMode, FormulaScope, FormulaType, FormulaValue } from '../types.js';
import { fromRecord } from '../values/from-record.js';
import { describe, isNumber, kindOf, NUMERIC, TEXTUAL } from '../values/kinds.js';

type Finish = (value: FormulaValue, scope: FormulaScope) => FormulaValue;

/** Holds the result to its type, which matters where parts of the formula are `any`. */
export function coerceResult(type: FormulaType, blankAs: BlankMode, site: Site): Finish {
  if (type === 'any' || type === 'object' || type === 'location') return (value) => value;
  if (NUMERIC.has(type)) {
    const blank = blankAs === 'zero' ? 0 : null;
    return (value) => {
      if (value === null) return blank;
      if (isNumber(value) || kindOf(value) === 'money') return value;
      return refuse(value, type, site);
    };
  }
  return (value) => {
    if (value === null) return type === 'boolean' ? false : null;
    if (typeof value === 'string') return fromText(value, type, site);
    if (type === 'boolean' && typeof value === 'boolean') return value;
    return kindOf(value) === type ? value : refuse(value, type, site);
  };
}

/** Text from an `any` field is what a date looks like in a record. */
function fromText(value: string, type: FormulaType, site: Site): FormulaValue {
  if (TEXTUAL.has(type)) return value;
  const isMoment = type === 'date' || type === 'datetime' || type === 'time';
  return isMoment ? fromRecord(value, type, site) : refuse(value, type, site);
}

function refuse(value: FormulaValue, type: FormulaType, site: Site): never {
  throw noValue(site, `gives ${describe(value)} where ${type} is expected`);
}
