import type { ExecutionContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { Driver } from '../driver/contract.js';
import type { MetadataSnapshot, RelationMeta } from '../metadata/compiled.js';
import type { Admission, Gate } from './access.js';

/**
 * What the principal of an operation may see of one object, and a way to ask the same of others.
 * Everything that is planned for a request is planned through a view, so that the gate of each
 * object stands at each step of a path.
 */
export interface View {
  /** The metadata in which the operation began, and ends. */
  readonly snapshot: MetadataSnapshot;
  readonly admission: Admission;
  /** The admission to read another object; nothing where the principal may not. */
  readonly reach: (object: string) => Admission | undefined;
  /** The database has full-text indexes. */
  readonly fullText: boolean;
  /** The database measures the distance of vectors. */
  readonly vectors: boolean;
  /** Name of the driver. */
  readonly driver: string;
}

/** Makes the view that an operation has of the object it was admitted to. */
export function viewOf(
  scope: {
    readonly gate: Gate;
    readonly snapshot: MetadataSnapshot;
    readonly ctx: ExecutionContext;
    readonly driver: Pick<Driver, 'name' | 'capabilities'>;
  },
  admission: Admission,
): View {
  const { gate, snapshot, ctx, driver } = scope;
  return {
    snapshot,
    admission,
    reach: (object) => gate.admitQuietly(snapshot, object, 'read', ctx),
    fullText: driver.capabilities.fullText === true,
    vectors: driver.capabilities.vectors === true,
    driver: driver.name,
  };
}

type Meta<K extends RelationMeta['kind']> = Extract<RelationMeta, { readonly kind: K }>;

/** A relation to records of one object, and the view of them. */
export interface DirectRelation {
  readonly meta: Meta<'one' | 'list' | 'children'>;
  readonly target: View;
}

/** A relation over links, whose own gate stands in between. */
export interface LinkedRelation {
  readonly meta: Meta<'through'>;
  readonly target: View;
  readonly link: Admission;
}

/** A relation to a record of one of several objects, those that the principal may see. */
export interface PolymorphicRelation {
  readonly meta: Meta<'any'>;
  readonly targets: ReadonlyMap<string, View>;
}

/** A relation that the principal may follow. */
export type Relation = DirectRelation | LinkedRelation | PolymorphicRelation;

/** True for a relation that leads to a record of one of several objects. */
export function isPolymorphic(relation: Relation): relation is PolymorphicRelation {
  return relation.meta.kind === 'any';
}

/** True when the principal sees this column. */
export function isReadable({ meta, readable, unsealed }: Admission, name: string): boolean {
  if (unsealed && meta.sealed.has(name)) return !meta.encrypted.has(name);
  return meta.columns.has(name) && (readable === undefined || name === 'id' || readable.has(name));
}

/** Finds a relation by name; one that may not be followed is not found. */
export function findRelation(view: View, name: string): Relation | undefined {
  const meta = view.admission.meta.related.get(name);
  return meta === undefined ? undefined : relationOf(view, meta);
}

function relationOf(view: View, meta: RelationMeta): Relation | undefined {
  if (meta.kind === 'any') return polymorphicRelation(view, meta);
  const admission = view.reach(meta.object);
  if (admission === undefined) return undefined;
  const target: View = { ...view, admission };
  switch (meta.kind) {
    case 'one':
    case 'list':
      return isReadable(view.admission, meta.field.name) ? { meta, target } : undefined;
    case 'children': {
      const columns = meta.only === undefined ? [meta.via] : [meta.via, meta.only.field];
      return columns.every((column) => isReadable(admission, column))
        ? { meta, target }
        : undefined;
    }
    case 'through': {
      const link = view.reach(meta.through);
      if (link === undefined) return undefined;
      const readable = [meta.near, meta.far].every((column) => isReadable(link, column));
      return readable ? { meta, target, link } : undefined;
    }
  }
}

function polymorphicRelation(view: View, meta: Meta<'any'>): PolymorphicRelation | undefined {
  const { objects, objectField } = meta.polymorphic;
  if (![meta.field.name, objectField].every((name) => isReadable(view.admission, name))) {
    return undefined;
  }
  const targets = new Map<string, View>();
  for (const object of objects) {
    const admission = view.reach(object);
    if (admission !== undefined) targets.set(object, { ...view, admission });
  }
  return targets.size === 0 ? undefined : { meta, targets };
}

/**
 * Finds a relation by name. One that may not be followed answers exactly like one that does not
 * exist, and only those that may be are suggested.
 *
 * @throws `unknown_field`
 */
export function requireRelation(view: View, name: string): Relation {
  const relation = findRelation(view, name);
  if (relation !== undefined) return relation;
  const { meta } = view.admission;
  const known = [...meta.related.keys()].filter((other) => findRelation(view, other) !== undefined);
  throw createError('unknown_field', {
    object: meta.name,
    field: name,
    suggestion: suggest(name, known),
  });
}
