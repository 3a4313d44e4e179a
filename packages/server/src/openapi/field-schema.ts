import type { FieldMeta } from '@objectql/core';

/** A JSON Schema (2020-12), as OpenAPI 3.1 uses it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const TEXT_FORMATS: Readonly<Record<string, string>> = {
  email: 'email',
  url: 'uri',
  date: 'date',
  datetime: 'date-time',
  time: 'time',
};

const NUMBERS: ReadonlySet<string> = new Set([
  ...['number', 'currency', 'percent', 'rating', 'slider', 'progress', 'summary'],
]);
const BOOLEANS: ReadonlySet<string> = new Set(['boolean', 'toggle']);
const FREE: ReadonlySet<string> = new Set(['json', 'address', 'location']);
const FILES: ReadonlySet<string> = new Set(['image', 'file', 'avatar', 'video', 'audio']);

/** The values that a field takes, as a schema. An empty field is `null`, where it may be empty. */
export function fieldSchema(
  field: FieldMeta,
  options: { readonly nullable: boolean } = { nullable: !field.required },
): JsonSchema {
  const single = valueSchema(field);
  const value =
    field.multiple && field.type !== 'vector' ? { type: 'array', items: single } : single;
  return { ...described(field), ...(options.nullable ? nullable(value) : value) };
}

function described(field: FieldMeta): JsonSchema {
  const { label, description } = field.definition;
  return {
    ...(label === undefined ? {} : { title: label }),
    ...(description === undefined ? {} : { description }),
    ...(field.readOnly ? { readOnly: true } : {}),
  };
}

function valueSchema(field: FieldMeta): JsonSchema {
  const { type } = field;
  const definition = field.definition as Readonly<Record<string, unknown>>;
  if (type === 'formula') return formulaSchema(definition['returnType']);
  if (NUMBERS.has(type)) return { type: 'number', ...range(definition) };
  if (BOOLEANS.has(type)) return { type: 'boolean' };
  if (type === 'vector') return { type: 'array', items: { type: 'number' } };
  if (FREE.has(type) || FILES.has(type)) return {};
  if (field.options !== undefined) return { type: 'string', enum: [...field.options] };
  return { type: 'string', ...format(field), ...lengths(definition) };
}

function formulaSchema(returnType: unknown): JsonSchema {
  const text = typeof returnType === 'string' ? returnType : 'any';
  if (text === 'any') return {};
  if (NUMBERS.has(text)) return { type: 'number' };
  if (BOOLEANS.has(text)) return { type: 'boolean' };
  return { type: 'string', ...(text in TEXT_FORMATS ? { format: TEXT_FORMATS[text] } : {}) };
}

function format(field: FieldMeta): JsonSchema {
  if (field.reference !== undefined) return { description: `Id of a "${field.reference}".` };
  const name = TEXT_FORMATS[field.type];
  return name === undefined ? {} : { format: name };
}

function range({ min, max }: Readonly<Record<string, unknown>>): JsonSchema {
  return {
    ...(typeof min === 'number' ? { minimum: min } : {}),
    ...(typeof max === 'number' ? { maximum: max } : {}),
  };
}

function lengths({ minLength, maxLength, pattern }: Readonly<Record<string, unknown>>): JsonSchema {
  return {
    ...(typeof minLength === 'number' ? { minLength } : {}),
    ...(typeof maxLength === 'number' ? { maxLength } : {}),
    ...(typeof pattern === 'string' ? { pattern } : {}),
  };
}

function nullable(schema: JsonSchema): JsonSchema {
  if (schema['type'] === undefined) return schema;
  const choices = schema['enum'] as readonly unknown[] | undefined;
  return {
    ...schema,
    type: [schema['type'], 'null'],
    ...(choices === undefined ? {} : { enum: [...choices, null] }),
  };
}
