import type { FormulaType } from '@objectos/formula';
import type { FieldMeta } from '@objectql/core';

/** The formula type of a field's value, as validation rules see it. */
export function formulaTypeOf(field: FieldMeta): FormulaType {
  if (field.multiple) return 'list';
  switch (field.column) {
    case 'integer':
    case 'real':
    case 'decimal':
      return 'number';
    case 'boolean':
    case 'date':
    case 'datetime':
    case 'time':
      return field.column;
    case 'text':
    case 'json':
      return 'text';
  }
}
