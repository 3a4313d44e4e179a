import type { Filter } from '@objectos/spec/contracts';
import { fieldPath } from './comparison.js';
import { group, type FilterReader } from './filter-reader.js';
import { findLogical, findOperator, requireOperator } from './operators.js';
import { invalidFilter, shown } from './refuse.js';
import { isList, isPlainObject, type PlainObject } from './shapes.js';

/** Where in the object form a key stands: the relations and field above it, and the level. */
interface Place {
  readonly path: string;
  readonly depth: number;
}

/**
 * Reads `{"status":"new","amount":{"$gt":5},"account":{"region":"EU"},"$or":[…]}`.
 * @throws `invalid_filter`, `unknown_operator`, `limit_exceeded`
 */
export function readObjectForm(reader: FilterReader, input: PlainObject, depth: number): Filter {
  return group('and', conditions(reader, input, { path: '', depth }));
}

function conditions(reader: FilterReader, input: PlainObject, place: Place): Filter[] {
  const keys = Object.keys(input);
  const depth = keys.length > 1 ? place.depth + 1 : place.depth;
  const bare = bareOperators(keys, place.path);
  return keys.flatMap((key) => {
    const value = input[key];
    const inner = { path: place.path, depth };
    if (key.startsWith('$')) return dollarKey(reader, { key, value }, inner);
    if (bare) return [reader.compare(place.path, key, value)];
    return named(reader, value, { path: join(place.path, key), depth });
  });
}

/** `{"amount":{"gt":5}}`: below a field, operators may come without `$`, but not mixed with names. */
function bareOperators(keys: readonly string[], path: string): boolean {
  if (path === '') return false;
  const plain = keys.filter((key) => !key.startsWith('$'));
  const spelled = plain.filter((key) => findOperator(key) !== undefined);
  if (spelled.length === 0) return false;
  if (spelled.length === plain.length) return true;
  throw invalidFilter(
    `below "${path}", ${shown(spelled[0])} may be an operator or a field; write "$${spelled[0] ?? ''}"`,
  );
}

function dollarKey(
  reader: FilterReader,
  entry: { readonly key: string; readonly value: unknown },
  place: Place,
): Filter[] {
  const { key, value } = entry;
  const logical = findLogical(key.slice(1));
  if (logical === 'not') {
    return [{ op: 'not', arg: below(reader, value, { ...place, depth: place.depth + 1 }) }];
  }
  if (logical !== undefined) {
    if (!isList(value)) throw invalidFilter(`${key} needs a list, not ${shown(value)}`);
    const inner = { ...place, depth: place.depth + 1 };
    return [
      group(
        logical,
        Array.from(value, (item) => below(reader, item, inner)),
      ),
    ];
  }
  if (key === '$field') throw invalidFilter('comparing with another field is not available');
  if (place.path !== '') return [reader.compare(place.path, key, value)];
  requireOperator(key);
  throw invalidFilter(`${shown(key)} stands without a field`);
}

/** A member of a logical list: any syntax at the top, the object form below a field or relation. */
function below(reader: FilterReader, input: unknown, place: Place): Filter {
  if (place.path === '') return reader.read(input, place.depth);
  if (!isPlainObject(input)) {
    throw invalidFilter(`below "${place.path}", a condition is an object, not ${shown(input)}`);
  }
  reader.enter(place.depth);
  return group('and', conditions(reader, input, place));
}

function named(reader: FilterReader, value: unknown, place: Place): Filter[] {
  if (!isPlainObject(value)) return [reader.compare(place.path, 'eq', value)];
  fieldPath(place.path);
  if (Object.keys(value).length === 0) throw invalidFilter(`"${place.path}" has no condition`);
  reader.enter(place.depth);
  return conditions(reader, value, place);
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
