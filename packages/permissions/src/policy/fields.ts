import type { AccessFilter } from '@objectos/spec/contracts';
import { suggest } from '@objectos/spec/metadata';
import type { FieldMeta, ObjectMeta } from '@objectql/core';

/** The objects that a policy may speak about. */
export type Objects = ReadonlyMap<string, ObjectMeta>;

/** Where a policy is read: the object whose rows it is about. */
export interface PolicyScope {
  readonly meta: ObjectMeta;
  readonly objects: Objects;
}

/** A policy that can't be understood: what is wrong, and how to put it right. */
export class PolicyProblem extends Error {
  constructor(
    message: string,
    readonly hint: string,
    readonly suggestion?: string,
  ) {
    super(message);
  }
}

/** A field, perhaps over relations: how a condition on it becomes one on the row. */
export interface ResolvedPath {
  readonly field: FieldMeta;
  /** Puts a condition on the related record into the terms of the row. */
  readonly wrap: (filter: AccessFilter) => AccessFilter;
}

const USER_FIELDS: ReadonlySet<string> = new Set(['owner_id', 'created_by', 'updated_by']);

/**
 * Finds `amount`, or `account.owner_id.region`. Over a relation, the condition holds where the
 * related record exists and fulfils it.
 *
 * @throws {@link PolicyProblem}
 */
export function resolvePath(scope: PolicyScope, segments: readonly string[]): ResolvedPath {
  const [name = '', ...rest] = segments;
  const field = requireField(scope.meta, name);
  if (rest.length === 0) return { field, wrap: (filter) => filter };
  const { target, wrap } = resolveRelation(scope, name);
  const inner = resolvePath({ ...scope, meta: target }, rest);
  return { field: inner.field, wrap: (filter) => wrap(inner.wrap(filter)) };
}

/**
 * Finds the object that a field leads to, and how a condition on it becomes one on the row.
 *
 * @throws {@link PolicyProblem}
 */
export function resolveRelation(
  { meta, objects }: PolicyScope,
  name: string,
): { readonly target: ObjectMeta; readonly wrap: ResolvedPath['wrap'] } {
  const field = requireField(meta, name);
  const target = objects.get(referenceOf(field, objects) ?? '');
  if (target === undefined || field.multiple) {
    throw new PolicyProblem(
      `"${meta.name}.${name}" leads to no single record, so what stands after its dot means nothing`,
      'Use a lookup or master-detail field before the dot.',
    );
  }
  const on = [{ outer: name, inner: 'id' }];
  const wrap = (where: AccessFilter): AccessFilter => ({
    op: 'exists',
    object: target.name,
    on,
    where,
  });
  return { target, wrap };
}

/** The object a field points to; owner and author are users where users are records. */
export function referenceOf(field: FieldMeta, objects: Objects): string | undefined {
  if (field.reference !== undefined) return field.reference;
  return USER_FIELDS.has(field.name) && objects.has('user') ? 'user' : undefined;
}

/** @throws {@link PolicyProblem} */
export function requireField(meta: ObjectMeta, name: string): FieldMeta {
  const field = meta.fields.get(name);
  if (field !== undefined && meta.columns.has(name)) return field;
  const suggestion = suggest(name, meta.visible);
  throw new PolicyProblem(
    `"${meta.name}" has no field "${name}"`,
    suggestion === undefined ? 'Correct the name.' : `Did you mean "${suggestion}"?`,
    suggestion,
  );
}
