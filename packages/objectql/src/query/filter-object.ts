import type { Filter } from '@objectos/spec/contracts';
import { fieldPath, isQuantifier, quantified } from './comparison.js';
import { group, type FilterReader } from './filter-reader.js';
import { findLogical, findOperator, requireOperator } from './operators.js';
import { along } from './path.js';
import { invalidFilter, shown } from './refuse.js';
import { isList, isPlainObject, type PlainObject } from './shapes.js';

/** Where in the object form a key stands: the field or relation above it, and the level. */
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
  const inner = { path: place.path, depth };
  const bare = bareOperators(keys, place.path);
  const names = place.path === '' || bare ? [] : keys.filter((key) => !key.startsWith('$'));
  const own = keys
    .filter((key) => !names.includes(key))
    .flatMap((key) => {
      const value = input[key];
      if (key.startsWith('$')) return dollarKey(reader, { key, value }, inner);
      if (bare) return [reader.compare(place.path, key, value)];
      return named(reader, value, { path: key, depth });
    });
  if (names.length === 0) return own;
  const record = Object.fromEntries(names.map((name) => [name, input[name]]));
  return [...own, ofRecord(reader, record, inner)];
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
    const members = Array.from(value, (item) => below(reader, item, inner));
    return [group(logical, members)];
  }
  if (key === '$field') throw invalidFilter('"$field" stands where the value of a comparison does');
  if (place.path !== '') {
    const quantifier = key.slice(1);
    if (!isQuantifier(quantifier)) return [reader.compare(place.path, key, value)];
    const where = reader.read(value, place.depth + 1);
    return [quantified(place.path, quantifier, where)];
  }
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
  if (isReference(value)) return [reader.compare(place.path, 'eq', value)];
  return describesRecord(value)
    ? [ofRecord(reader, value, place)]
    : conditions(reader, value, place);
}

/** All conditions speak of one and the same related record. */
function ofRecord(reader: FilterReader, input: PlainObject, place: Place): Filter {
  const where = group('and', conditions(reader, input, { path: '', depth: place.depth + 1 }));
  return along(place.path, where);
}

/** True for `{"region":"EU"}` below a relation, false as soon as an operator of the field is in it. */
function describesRecord(input: PlainObject): boolean {
  return Object.entries(input).every(([key, value]) => {
    if (!key.startsWith('$')) return findOperator(key) === undefined;
    if (findLogical(key.slice(1)) === undefined) return false;
    const members: readonly unknown[] = isList(value) ? value : [value];
    return members.every((member) => isPlainObject(member) && describesRecord(member));
  });
}

/** `{"$field":"budget"}`: another field of the record in the place of a value. */
function isReference(value: PlainObject): boolean {
  return Object.keys(value).length === 1 && '$field' in value;
}
