import { suggest } from '@objectos/spec/metadata';
import { isId } from '../engine/ids.js';
import { accept, refuse, type Outcome, type ValueCheck } from './outcome.js';

/** Most entries of a multi-value field. */
const MAX_ENTRIES = 1_000;

/** True or false; nothing else counts as one. */
export function boolean(value: unknown): Outcome {
  return typeof value === 'boolean'
    ? accept(value)
    : refuse('invalid_type', 'expected true or false');
}

/** One of the declared options. */
export function option(options: ReadonlySet<string>): ValueCheck {
  return (value) => {
    if (typeof value !== 'string') return refuse('invalid_type', 'expected one of the options');
    return options.has(value)
      ? accept(value)
      : refuse('invalid_option', notAnOption(value, options));
  };
}

/** The id of a record. That the record exists is checked with the write. */
export function reference(value: unknown): Outcome {
  return isId(value) ? accept(value) : refuse('invalid_reference', 'expected the id of a record');
}

/** A list without duplicates whose entries pass `entry`. */
export function listOf(entry: ValueCheck): ValueCheck {
  return (value) => {
    if (!Array.isArray(value)) return refuse('invalid_type', 'expected a list');
    if (value.length > MAX_ENTRIES)
      return refuse('value_too_long', `at most ${MAX_ENTRIES} entries`);
    const entries = new Set<unknown>();
    for (const one of value as unknown[]) {
      const outcome = entry(one);
      if (!outcome.ok) return outcome;
      entries.add(outcome.value);
    }
    return accept([...entries]);
  };
}

function notAnOption(value: string, options: ReadonlySet<string>): string {
  const near = suggest(value, options);
  const listed = [...options].slice(0, 20).join(', ');
  return `expected one of ${listed}${near === undefined ? '' : `; did you mean "${near}"?`}`;
}
