import { Validator } from '@cfworker/json-schema';
import type { ValidationDefinition } from '@objectos/spec/metadata';
import type { Rule } from './rule.js';

type JsonSchemaDefinition = Omit<Extract<ValidationDefinition, { type: 'json_schema' }>, 'name'>;

/** A rule that a field's value satisfies a JSON Schema (2020-12). Interpreted: no code is generated. */
export function jsonSchemaRule(definition: JsonSchemaDefinition, name: string): Rule {
  const { field } = definition;
  const validator = new Validator(definition.schema, '2020-12');
  return function* ({ record }) {
    const value = record[field];
    if (value === null || value === undefined) return [];
    const { valid, errors } = validator.validate(value);
    if (valid) return [];
    const first = errors.at(-1);
    const found =
      first === undefined
        ? 'it does not match the schema'
        : `${first.instanceLocation}: ${first.error}`;
    return [{ field, code: name, message: definition.message ?? found }];
  };
}
