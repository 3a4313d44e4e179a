import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { MetadataSnapshot, ObjectMeta, RelationMeta } from '../../metadata/compiled.js';
import { isId } from '../ids.js';

/** Records to make and records to tie to, of one relation. */
export interface NestedList {
  readonly relation: RelationMeta & { readonly object: string };
  readonly create: readonly RecordData[];
  readonly connect: readonly string[];
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
  return Object.entries(data).some(([name, value]) => isNested(meta, name, value));
}

function isNested(meta: ObjectMeta, name: string, value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return meta.related.has(name);
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

function parseNested(meta: ObjectMeta, relation: RelationMeta, value: unknown): NestedList {
  const refuse = (reason: string) =>
    createError('nested_write_invalid', { object: meta.name, relation: relation.name, reason });
  if (relation.kind === 'any') throw refuse('it leads to several objects; write the record first');
  const { create, connect, ...rest } = value as Readonly<Record<string, unknown>>;
  const given = [create, connect].filter((one) => one !== undefined);
  if (Object.keys(rest).length > 0 || given.length === 0) {
    throw refuse('expected "create" and "connect", and nothing else');
  }
  if (relation.kind === 'one') {
    if (given.length > 1 || given.some(Array.isArray)) throw refuse('it leads to one record');
  } else if (!given.every(Array.isArray)) {
    throw refuse('"create" and "connect" take lists here');
  }
  const records = listOf(create);
  if (!records.every(isRecord)) throw refuse('"create" takes records');
  const ids = listOf(connect).map((one) => (isRecord(one) ? onlyId(one) : one));
  if (!ids.every(isId)) throw refuse('"connect" takes ids of records');
  return { relation, create: records, connect: ids };
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as unknown[]) : [value];
}

function onlyId({ id, ...rest }: RecordData): unknown {
  return Object.keys(rest).length === 0 ? id : undefined;
}

/** What a write does to an object besides the one that it names. */
export interface NestedTarget {
  readonly object: string;
  readonly method: 'create' | 'update';
}

/**
 * The objects that nested data would write, with what is done to them: for surfaces that offer some
 * objects only. Shapes are not checked here.
 */
export function nestedTargets(
  snapshot: MetadataSnapshot,
  object: string,
  data: RecordData,
): NestedTarget[] {
  const meta = snapshot.objects.get(object);
  if (meta === undefined) return [];
  return Object.entries(data).flatMap(([name, value]): NestedTarget[] => {
    const relation = isNested(meta, name, value) ? meta.related.get(name) : undefined;
    if (relation === undefined || relation.kind === 'any') return [];
    const { create, connect } = value as { readonly create?: unknown; readonly connect?: unknown };
    const records = listOf(create).filter(isRecord);
    const found: NestedTarget[] = records.flatMap((each): NestedTarget[] => [
      { object: relation.object, method: 'create' },
      ...nestedTargets(snapshot, relation.object, each),
    ]);
    const ties = connect !== undefined && relation.kind === 'children';
    if (ties) found.push({ object: relation.object, method: 'update' });
    if (relation.kind === 'through') found.push({ object: relation.through, method: 'create' });
    return found;
  });
}

function isRecord(value: unknown): value is RecordData {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
