import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  describeIssues,
  FIELD_TYPES,
  FLOW_NODE_TYPES,
  fieldSchema,
  flowNodeSchema,
  formats,
  METADATA_TYPES,
  normalizeLegacy,
  RULE_ACTION_TYPES,
  ruleActionSchema,
  type DescribedProblem,
  type MetadataType,
} from '@objectos/spec/metadata';

interface Case {
  readonly title: string;
  readonly valid?: unknown;
  readonly invalid?: unknown;
  readonly problems?: readonly { path: unknown[]; code: string; contains?: string }[];
}

const folder = new URL('cases/', import.meta.url);

function cases(type: MetadataType): Case[] {
  return parse(readFileSync(new URL(`${type}.yml`, folder), 'utf8')) as Case[];
}

function judge(type: MetadataType, written: unknown): DescribedProblem[] {
  const { schema } = formats[type];
  const { value, notices } = normalizeLegacy(type, written);
  // The cases are in today's spelling, so normalising must leave them alone.
  expect({ value, notices }).toEqual({ value: written, notices: [] });
  const result = schema.safeParse(value);
  return result.success ? [] : describeIssues(result.error, { schema, value });
}

test('every format has its cases', () => {
  expect(readdirSync(folder).sort()).toEqual(METADATA_TYPES.map((type) => `${type}.yml`).sort());
});

describe.each(METADATA_TYPES)('%s', (type) => {
  const all = cases(type);

  test.each(all.filter((one) => one.valid !== undefined))('takes $title', ({ valid }) => {
    expect(judge(type, valid)).toEqual([]);
  });

  test.each(all.filter((one) => one.invalid !== undefined))(
    'refuses $title',
    ({ invalid, problems = [] }) => {
      const found = judge(type, invalid);
      expect(found.map(({ path, code }) => ({ path, code }))).toEqual(
        problems.map(({ path, code }) => ({ path, code })),
      );
      problems.forEach(({ contains = '' }, index) => {
        expect(`${found[index]?.message ?? ''} ${found[index]?.hint ?? ''}`).toContain(contains);
      });
    },
  );

  test('refuses an unknown key, a reserved one, and what is no mapping', () => {
    const some = all.find((one) => one.valid !== undefined)?.valid as object;
    expect(judge(type, { ...some, no_such_key_at_all: 1 }).map((one) => one.code)).toEqual([
      'unknown_key',
    ]);
    const hostile = JSON.parse(
      JSON.stringify(some).replace(/^\{/, '{"__proto__":{"name":"x"},'),
    ) as unknown;
    expect(judge(type, hostile)).toHaveLength(1);
    for (const nothing of [null, [], 'text', 5])
      expect(judge(type, nothing).length).toBeGreaterThan(0);
  });
});

test('no field type, node type or action type is missing from its union', () => {
  expect(typesOf(fieldSchema.options)).toEqual([...FIELD_TYPES].sort());
  expect(typesOf(flowNodeSchema.options)).toEqual([...FLOW_NODE_TYPES].sort());
  expect(typesOf(ruleActionSchema.options)).toEqual([...RULE_ACTION_TYPES].sort());
});

function typesOf(options: readonly { shape: { type: object } }[]): string[] {
  return options
    .flatMap(({ shape: { type } }) =>
      'options' in type ? type.options : [...(type as { values: Set<string> }).values],
    )
    .map(String)
    .sort();
}
