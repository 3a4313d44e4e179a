import type { Evaluator, Run } from '../functions/definition.js';
import type { Site } from '../fault.js';
import type { FormulaType } from '../types.js';
import { dateTimeValue } from '../values/kinds.js';
import { fromRecord } from '../values/from-record.js';

/** A path with its type and place. */
export interface FieldRead {
  readonly segments: readonly string[];
  readonly type: FormulaType;
  readonly site: Site;
}

/** Reads a path from the record, from a related record, or from `$User`, `$Org`, `$Now`. */
export function compilePath(read: FieldRead): Evaluator {
  const { segments, type, site } = read;
  const [first = ''] = segments;
  switch (first.toUpperCase()) {
    case '$NOW':
      return (run) => dateTimeValue(run.scope.now.getTime());
    case '$USER':
      return (run) => fromRecord(readGlobal(run.scope.user, segments), type, site);
    case '$ORG':
      return (run) => fromRecord(readGlobal(run.scope.org, segments), type, site);
    default:
      return segments.length === 1 ? compileField(first, read) : compileRelated(read);
  }
}

function compileField(name: string, { type, site }: FieldRead): Evaluator {
  return (run) => {
    const { record } = run.scope;
    const value = Object.hasOwn(record, name) ? record[name] : null;
    return fromRecord(value, type, site);
  };
}

function compileRelated({ segments, type, site }: FieldRead): Evaluator {
  return (run) => {
    const { scope } = run;
    const value = scope.get === undefined ? walk(scope.record, segments) : scope.get(segments);
    return fromRecord(value, type, site);
  };
}

/** `$User.Email` and `$User.email` are the same. */
function readGlobal(
  source: Readonly<Record<string, unknown>> | undefined,
  segments: readonly string[],
): unknown {
  let value: unknown = source;
  for (const segment of segments.slice(1)) {
    value = own(value, segment) ?? own(value, segment.toLowerCase());
  }
  return value;
}

/** Follows own properties only, so nothing that every object inherits can be reached. */
export function walk(source: unknown, segments: readonly string[]): unknown {
  let value: unknown = source;
  for (const segment of segments) value = own(value, segment);
  return value;
}

function own(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

/** Reads a path from the record before the change; own fields only, relations are not prior values. */
export function readPrevious(run: Run, read: FieldRead): unknown {
  return walk(run.scope.previous ?? run.scope.record, read.segments);
}
