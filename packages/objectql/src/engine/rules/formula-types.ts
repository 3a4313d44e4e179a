import type { FormulaType } from '@objectos/formula';
import type { FieldMeta, ObjectMeta } from '../../metadata/compiled.js';

/** The formula type of a field's value. */
export function formulaTypeOf(field: FieldMeta): FormulaType {
  if (field.multiple) return 'list';
  switch (field.column) {
    case 'integer':
    case 'real':
    case 'decimal':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'date':
      return 'date';
    case 'datetime':
      return 'datetime';
    case 'time':
      return 'time';
    case 'text':
      return 'text';
    case 'json':
      return field.type === 'location' ? 'location' : 'object';
  }
}

/** Types of what a condition on the record itself may read: its fields, and formulas over them alone. */
export function recordTypes(
  meta: ObjectMeta,
): (path: readonly string[]) => FormulaType | undefined {
  return (path) => {
    const field = path.length === 1 ? meta.fields.get(path[0] ?? '') : undefined;
    if (field === undefined || !meta.columns.has(field.name)) return undefined;
    return readsOthers(meta, field) ? undefined : formulaTypeOf(field);
  };
}

function readsOthers(meta: ObjectMeta, { formula }: FieldMeta): boolean {
  if (formula === undefined) return false;
  return formula.reads.some(({ steps, field }) => {
    const read = meta.fields.get(field);
    return steps.length > 0 || (read !== undefined && readsOthers(meta, read));
  });
}
