import type { Filter } from '@objectos/spec/contracts';

/**
 * A condition on the record at the end of a path of relations.
 *
 * @example along('account.owner', { op: 'eq', field: 'region', value: 'EU' })
 * // { op: 'related', relation: 'account', where: { op: 'related', relation: 'owner', where: … } }
 */
export function along(path: string, where: Filter): Filter {
  return path
    .split('.')
    .reduceRight((inner, relation) => ({ op: 'related', relation, where: inner }), where);
}

/** A dotted name, taken apart: the relations it leads through, and the field at its end. */
export function splitPath(path: string): { readonly relations: string; readonly field: string } {
  const at = path.lastIndexOf('.');
  return at === -1
    ? { relations: '', field: path }
    : { relations: path.slice(0, at), field: path.slice(at + 1) };
}
