import type { BetterAuthOptions } from 'better-auth';
import { getAuthTables } from 'better-auth/db';
import type { SourceFile } from '@objectql/core';
import { snakeCase, type Naming } from '../../src/adapter/names.js';

/** Names for objects made from any better-auth schema; no field clashes with the engine's own. */
export const schemaNaming: Naming = {
  object: (model) => `ba_${snakeCase(model)}`,
  field: (name) => (name === 'id' ? 'id' : `f_${snakeCase(name)}`),
  isStamp: () => false,
};

type FieldType = ReturnType<typeof getAuthTables>[string]['fields'][string]['type'];

/** Object files for the tables that these options ask for. */
export function schemaObjects(options: BetterAuthOptions): SourceFile[] {
  return Object.entries(getAuthTables(options)).map(([model, { fields }]) => {
    const object = schemaNaming.object(model);
    const columns = Object.entries(fields).map(([key, field]) => {
      const name = schemaNaming.field(field.fieldName ?? key);
      return [
        name,
        { type: typeOf(field.type), ...textLength(field.type), ...unique(field.unique) },
      ];
    });
    const text = JSON.stringify({
      name: object,
      enable: { trash: false },
      fields: { f_any: { type: 'text' }, ...Object.fromEntries(columns) },
    });
    return { file: `objects/${object}.object.json`, text };
  });
}

function typeOf(type: FieldType): string {
  if (type === 'boolean' || type === 'number') return type;
  return type === 'date' ? 'datetime' : 'text';
}

function textLength(type: FieldType): object {
  return typeOf(type) === 'text' ? { maxLength: 10_000 } : {};
}

function unique(isUnique: boolean | undefined): object {
  return isUnique === true ? { unique: true } : {};
}
