import type { FieldDefinition } from '@objectos/spec/metadata';
import type { ColumnType } from '../../driver/contract.js';
import type { FieldMeta } from '../compiled.js';

/** The field that every object begins with. */
export const idField = systemField('id', 'text', 'Id');

/** The fields that every object ends with. */
export const stampFields: readonly FieldMeta[] = [
  systemField('created_at', 'datetime', 'Created'),
  systemField('created_by', 'text', 'Created by'),
  systemField('updated_at', 'datetime', 'Last changed'),
  systemField('updated_by', 'text', 'Last changed by'),
  systemField('owner_id', 'text', 'Owner'),
  systemField('organization_id', 'text', 'Organization'),
  systemField('revision', 'integer', 'Revision'),
];

function systemField(name: string, column: ColumnType, label: string): FieldMeta {
  const definition = { type: typeOf(column), label, readonly: true } as FieldDefinition;
  return {
    name,
    type: definition.type,
    column,
    definition,
    system: true,
    computed: false,
    readOnly: true,
    required: false,
    multiple: false,
    reference: undefined,
    deleteBehavior: undefined,
    options: undefined,
    filterable: true,
  };
}

function typeOf(column: ColumnType): 'text' | 'datetime' | 'number' {
  if (column === 'datetime') return 'datetime';
  return column === 'integer' ? 'number' : 'text';
}
