import type { ExecutionContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
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
}

/** Makes the view that an operation has of the object it was admitted to. */
export function viewOf(
  scope: {
    readonly gate: Gate;
    readonly snapshot: MetadataSnapshot;
    readonly ctx: ExecutionContext;
  },
  admission: Admission,
): View {
  const { gate, snapshot, ctx } = scope;
  return {
    snapshot,
    admission,
    reach: (object) => gate.admitQuietly(snapshot, object, 'read', ctx),
  };
}

/** A relation that the principal may follow, and the view of what it leads to. */
export interface Relation {
  readonly meta: RelationMeta;
  readonly target: View;
}

/** True when the principal sees this column. */
export function isReadable({ meta, readable, unsealed }: Admission, name: string): boolean {
  if (unsealed && meta.sealed.has(name)) return true;
  return meta.columns.has(name) && (readable === undefined || name === 'id' || readable.has(name));
}

/** Finds a relation by name; one that may not be followed is not found. */
export function findRelation(view: View, name: string): Relation | undefined {
  const meta = view.admission.meta.related.get(name);
  if (meta === undefined) return undefined;
  if (meta.kind !== 'children' && !isReadable(view.admission, meta.field.name)) return undefined;
  const admission = view.reach(meta.object);
  if (admission === undefined) return undefined;
  if (meta.kind === 'children' && !isReadable(admission, meta.via)) return undefined;
  return { meta, target: { ...view, admission } };
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
