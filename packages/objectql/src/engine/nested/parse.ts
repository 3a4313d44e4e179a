import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { ObjectMeta, RelationMeta } from '../../metadata/compiled.js';
import { isId } from '../ids.js';

/** Records to make, to tie to and to untie, of one relation. */
export interface NestedList {
  readonly relation: RelationMeta & { readonly object: string };
  readonly create: readonly RecordData[];
  readonly connect: readonly string[];
  readonly disconnect: readonly string[];
  /** All that are tied afterwards, besides those that are made. */
  readonly set: readonly string[] | undefined;
}

/** The data of a record, apart from what hangs on it. */
export interface SplitRecord {
  /** Values of the record itself. */
  readonly own: RecordData;
  /** To make before the record, because it points to them: one record, or those of a list of ids. */
  readonly before: readonly NestedList[];
  /** To make after the record, because they, or links, point to it. */
  readonly after: readonly NestedList[];
}

/** True when the data writes records of relations too. */
export function hasNested(meta: ObjectMeta, data: RecordData): boolean {
  return Object.keys(data).some((name) => isNested(meta, name, data[name]));
}

/** True for a value that writes records of the relation of that name. */
export function isNested(meta: ObjectMeta, name: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const relation = meta.related.get(name);
  // Links are no value of the record; a list of ids says what they shall be.
  if (Array.isArray(value)) return relation?.kind === 'through';
  // Who owns or made a record is no value that a write could make.
  return relation !== undefined && !(relation.kind === 'one' && relation.field.system);
}

/**
 * Takes the data of a record apart.
 *
 * @param allows whether the writer may follow a list of records by this name; others do not exist
 * @throws `nested_write_invalid`
 */
export function splitRecord(
  meta: ObjectMeta,
  data: RecordData,
  allows: (relation: string) => boolean,
): SplitRecord {
  const own: RecordData = {};
  const before: NestedList[] = [];
  const after: NestedList[] = [];
  for (const [name, value] of Object.entries(data)) {
    const relation = isNested(meta, name, value) ? meta.related.get(name) : undefined;
    const isField = relation?.kind === 'one' || relation?.kind === 'list';
    if (relation === undefined || (!isField && !allows(name))) {
      own[name] = value;
      continue;
    }
    const nested = parseNested(meta, relation, value);
    const isPlain = relation.kind === 'one' && nested.create.length === 0;
    if (isPlain) own[name] = nested.connect[0];
    else (isField ? before : after).push(nested);
  }
  return { own, before, after };
}

/** Verbs that take ids. */
export const TIES = ['connect', 'disconnect', 'set'] as const;

type Refuse = (reason: string) => Error;
type Verbs = Readonly<Record<string, unknown>>;

function parseNested(meta: ObjectMeta, relation: RelationMeta, value: unknown): NestedList {
  const refuse: Refuse = (reason) =>
    createError('nested_write_invalid', { object: meta.name, relation: relation.name, reason });
  if (relation.kind === 'any') throw refuse('it leads to several objects; write the record first');
  const verbs = verbsOf(value);
  checkVerbs(relation, verbs, refuse);
  const create = listOf(verbs['create']);
  if (!create.every(isRecord)) throw refuse('"create" takes records');
  const ids = (verb: (typeof TIES)[number]): string[] => {
    const found = listOf(verbs[verb]).map((one) => (isRecord(one) ? onlyId(one) : one));
    if (!found.every(isId)) throw refuse(`"${verb}" takes ids of records`);
    return [...new Set(found)];
  };
  const set = verbs['set'] === undefined ? undefined : ids('set');
  return { relation, create, connect: ids('connect'), disconnect: ids('disconnect'), set };
}

function checkVerbs(relation: RelationMeta, verbs: Verbs, refuse: Refuse): void {
  const { create, connect, disconnect, set, ...rest } = verbs;
  const given = Object.entries(verbs).filter(([, value]) => value !== undefined);
  if (Object.keys(rest).length > 0 || given.length === 0) {
    throw refuse('expected "create", "connect", "disconnect" or "set", and nothing else');
  }
  const isField = relation.kind === 'one' || relation.kind === 'list';
  if (isField && (disconnect ?? set) !== undefined) {
    throw refuse('it is a field; write its new value instead');
  }
  if (relation.kind === 'one') {
    const isOne = given.length === 1 && !Array.isArray(create ?? connect);
    if (!isOne) throw refuse('it leads to one record');
  } else if (!given.every(([, value]) => Array.isArray(value))) {
    throw refuse(`${given.map(([verb]) => `"${verb}"`).join(' and ')} take lists here`);
  }
  if (set !== undefined && (connect ?? disconnect) !== undefined) {
    throw refuse('"set" says all that are tied; leave "connect" and "disconnect" out');
  }
}

/** What nested data asks for, by verb; a list of ids sets what is tied. */
export function verbsOf(value: unknown): Verbs {
  return Array.isArray(value) ? { set: value } : (value as Verbs);
}

export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

function onlyId({ id, ...rest }: RecordData): unknown {
  return Object.keys(rest).length === 0 ? id : undefined;
}

export function isRecord(value: unknown): value is RecordData {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
