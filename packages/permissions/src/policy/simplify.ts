import type { AccessFilter } from '@objectos/spec/contracts';
import { EVERY, NONE } from './bindings.js';

/** True for the filter that every row fulfils. */
export function isEvery(filter: AccessFilter): boolean {
  return filter.op === 'and' && filter.args.length === 0;
}

/** True for the filter that no row fulfils. */
export function isNone(filter: AccessFilter): boolean {
  return filter.op === 'or' && filter.args.length === 0;
}

/** All of the filters, flat; equal ones once. */
export function allOf(filters: readonly AccessFilter[]): AccessFilter {
  return joined('and', filters);
}

/** Any of the filters, flat; equal ones once. */
export function anyOf(filters: readonly AccessFilter[]): AccessFilter {
  return joined('or', filters);
}

/** The opposite. */
export function noneOf(filter: AccessFilter): AccessFilter {
  if (isEvery(filter)) return NONE;
  if (isNone(filter)) return EVERY;
  return filter.op === 'not' ? filter.arg : { op: 'not', arg: filter };
}

function joined(op: 'and' | 'or', filters: readonly AccessFilter[]): AccessFilter {
  const [isNeutral, isDecisive] = op === 'and' ? [isEvery, isNone] : [isNone, isEvery];
  const kept = new Map<string, AccessFilter>();
  for (const filter of filters) {
    if (isDecisive(filter)) return filter;
    if (isNeutral(filter)) continue;
    const parts = filter.op === op ? filter.args : [filter];
    for (const part of parts) kept.set(JSON.stringify(part), part);
  }
  const args = [...kept.values()];
  return args.length === 1 && args[0] !== undefined ? args[0] : { op, args };
}
