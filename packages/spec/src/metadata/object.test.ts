import { expect, expectTypeOf, test } from 'vitest';
import {
  FIELD_TYPES,
  fieldSchema,
  objectSchema,
  SYSTEM_FIELDS,
  validationSchema,
  type FieldDefinition,
  type FieldType,
} from './index.js';

const object = (fields: unknown) => ({ name: 'account', fields });

function messages(value: unknown): string[] {
  const result = objectSchema.safeParse(value);
  return result.success
    ? []
    : result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

test('every field type has a definition, and none besides', () => {
  expectTypeOf<FieldDefinition['type']>().toEqualTypeOf<FieldType>();
  const branches = fieldSchema.options.flatMap((branch) => {
    const type = branch.shape.type;
    return 'options' in type ? type.options : [...type.values];
  });
  expect(branches.sort()).toEqual([...FIELD_TYPES].sort());
});

test('an option of another type is refused by name', () => {
  expect(messages(object({ done: { type: 'boolean', maxLength: 3 } }))).toEqual([
    'fields.done: Unrecognized key: "maxLength"',
  ]);
});

test.each(SYSTEM_FIELDS)('the system field %s is not declared', (name) => {
  expect(messages(object({ [name]: { type: 'text' } }))).toHaveLength(1);
});

test.each(['__proto__', 'constructor', 'prototype'])('%s is no field name', (name) => {
  const fields = Object.defineProperty({}, name, { value: { type: 'text' }, enumerable: true });
  expect(messages(object(fields))).toHaveLength(1);
  expect(messages({ ...object({}), name })).toHaveLength(1);
});

test('a nested name must agree with its key', () => {
  expect(messages(object({ title: { type: 'text', name: 'title' } }))).toEqual([]);
  expect(messages(object({ title: { type: 'text', name: 'other' } }))).toHaveLength(1);
});

test('a format rule takes exactly one of regex and format', () => {
  const rule = { name: 'r', type: 'format', field: 'code' };
  expect(validationSchema.safeParse({ ...rule, regex: '^a' }).success).toBe(true);
  expect(validationSchema.safeParse({ ...rule, regex: '(' }).success).toBe(false);
  expect(validationSchema.safeParse(rule).success).toBe(false);
  expect(validationSchema.safeParse({ ...rule, regex: '^a', format: 'email' }).success).toBe(false);
});
