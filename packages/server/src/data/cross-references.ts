import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { isRecord } from './read-request.js';

/** Ids of the records of the operations so far, by index and by name. */
export interface KnownIds {
  readonly byIndex: readonly string[];
  readonly byName: ReadonlyMap<string, string>;
}

/**
 * Puts ids in the place of references: `{"$ref": 0}` is the record of operation 0, `{"$ref": "a"}`
 * that of the operation whose `ref` is `a`. A value of a field, or an entry of its list, may be one;
 * text never is, whatever it looks like.
 *
 * @throws `body_invalid` for a reference to an operation that does not stand before
 */
export function resolveReferences(data: RecordData, known: KnownIds): RecordData {
  return Object.fromEntries(
    Object.entries(data).map(([field, value]) => [
      field,
      Array.isArray(value)
        ? value.map((entry) => resolveReference(entry, known))
        : resolveReference(value, known),
    ]),
  );
}

/** {@link resolveReferences} for one value. */
export function resolveReference(value: unknown, known: KnownIds): unknown {
  if (!isRecord(value) || !Object.hasOwn(value, '$ref') || Object.keys(value).length !== 1) {
    return value;
  }
  const { $ref } = value;
  const id = typeof $ref === 'number' ? known.byIndex[$ref] : known.byName.get(String($ref));
  if (id !== undefined) return id;
  const reason = `the reference ${JSON.stringify($ref).slice(0, 80)} is of no operation before it`;
  throw createError('body_invalid', { reason });
}
