import type { FormulaType } from '@objectos/formula';
import type { FieldMeta } from '../../metadata/compiled.js';

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
    case 'json':
      return 'text';
  }
}
